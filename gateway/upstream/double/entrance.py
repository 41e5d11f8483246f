"""Who may come in: tokens, and the three styles in which a door asks for them (vss_api 1 to 5).

A door opens only to all that its style names: the token with its second half, from the address that
took it, the name of the account and the MD5 of its password.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Response, jsonify, request

from gateway.upstream.double.world import KnownAccount, Session, World


class Entrance:
    """Gives tokens and knows them again; counts the lookups of an account and locks it."""

    def __init__(
        self, world: World, *, now: Callable[[], datetime], token_life: timedelta, lookups_a_minute: int
    ) -> None:
        self._world = world
        self._now = now
        self._token_life = token_life
        self._lookups_a_minute = lookups_a_minute

    def take_token(self) -> Response:
        """Give a token for a name and the MD5 of its password, in whatever case, out of a form."""
        account = self._world.accounts.get(request.form.get("username", ""))
        if account is None or not _is_password(account, request.form.get("password")):
            return jsonify({"maKetQua": "401", "APIKey": None})
        if self.is_locked(account):
            return jsonify({"maKetQua": "403", "APIKey": None})
        if told := account.results.get("token"):
            return jsonify({"maKetQua": told, "APIKey": None})
        token, identity = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        ends = self._now() + self._token_life
        with self._world.lock:
            self._world.sessions[token] = Session(account, request.remote_addr or "", identity, ends)
        key = {
            "access_token": token,
            "id_token": identity,
            "token_type": "Bearer",
            "username": account.username,
            "expires_in": ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return jsonify({"maKetQua": "200", "APIKey": key})

    def by_query(self) -> KnownAccount | None:
        """Return whose question this is: token, id_token, username and password in the query string."""
        given = request.args
        account = self._holder(given.get("token"), given.get("id_token"), given.get("password"))
        return account if account and given.get("username") == account.username else None

    def by_headers(self) -> KnownAccount | None:
        """Return whose request this is by accessToken, tokenId and passwordHash; its body has the name."""
        given = request.headers
        return self._holder(given.get("accessToken"), given.get("tokenId"), given.get("passwordHash"))

    def by_body(self) -> KnownAccount | None:
        """Return whose document this is: token, id_token, username and password in the form."""
        given = request.form
        account = self._holder(given.get("token"), given.get("id_token"), given.get("password"))
        return account if account and given.get("username") == account.username else None

    def is_locked(self, account: KnownAccount) -> bool:
        """Say whether the account asked too often."""
        return account.username in self._world.locked

    def may_ask(self, account: KnownAccount) -> bool:
        """Count a lookup; lock the account that asks too much."""
        now, name = self._now(), account.username
        with self._world.lock:
            recent = [at for at in self._world.asked.get(name, []) if at > now - timedelta(minutes=1)]
            self._world.asked[name] = [*recent, now]
            if len(recent) >= self._lookups_a_minute:
                self._world.locked.add(name)
        return not self.is_locked(account)

    def _holder(self, token: str | None, identity: str | None, password: str | None) -> KnownAccount | None:
        """Return who holds a token: at this address, in its time, with its second half and the password."""
        session = self._world.sessions.get(token or "")
        if session is None or session.identity != identity or session.ends <= self._now():
            return None
        held = session.address == (request.remote_addr or "") and _is_password(session.account, password)
        return session.account if held else None


def _is_password(account: KnownAccount, given: str | None) -> bool:
    digest = hashlib.md5(account.password.encode("utf-8"), usedforsecurity=False).hexdigest()
    return (given or "").casefold() == digest
