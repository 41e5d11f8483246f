"""Print docs/failure-codes.md from the table: `python -m failures > docs/failure-codes.md`."""

import itertools

import click

from failures import Failure, all_failures

_ROOMS = {
    "card": "The card",
    "reader": "The reader",
    "proof": "Is the card genuine",
    "evidence": "A file with a chip's evidence",
    "trust": "The list of trusted certificates",
    "qr": "The QR code",
    "file": "A file from the hospital's system",
    "record": "One record of a file",
    "signature": "The signature of a file",
    "claim": "A claim and its lines",
    "document": "A birth certificate or a death notice",
    "birth": "A birth certificate",
    "death": "A death notice",
    "fhir": "A FHIR resource",
    "eligibility": "Is the person covered",
    "benefit": "Benefit and route",
    "presence": "Proof of presence",
    "auth": "Tokens and access",
    "access": "Who may see what",
    "idempotency": "Sending again",
    "request": "A request to the gateway",
    "gateway": "The gateway, seen from the desk",
    "outbox": "The outbox of the desk",
    "desk": "The desk",
    "setup": "Setting up",
    "emulator": "The training card",
}


def document() -> str:
    """Return the table as a page, a section a room, for the clerk's supervisor and for support."""
    lines = [
        "# Failure codes and what to do",
        "",
        "Every refusal carries one of these codes. The words are those that the person at the desk sees.",
        "*Retry* says whether the same action can succeed later without anything being changed.",
        "This page is printed from `failures/codes.csv` by `python -m failures`; a test holds the two equal.",
    ]
    failures = sorted(all_failures().values(), key=lambda failure: failure.code)
    for room, members in itertools.groupby(failures, key=lambda failure: failure.code.split(".")[0]):
        lines += ["", f"## {_ROOMS[room]} (`{room}`)"]
        for failure in members:
            lines += ["", *_entry(failure)]
    return "\n".join(lines) + "\n"


def _entry(failure: Failure) -> list[str]:
    retry = "yes" if failure.retry else "no"
    return [
        f"### `{failure.code}`",
        f"Retry: {retry}",
        "",
        f"- **{failure.message.vi}** {failure.remedy.vi}",
        f"- **{failure.message.en}** {failure.remedy.en}",
    ]


if __name__ == "__main__":
    click.echo(document(), nl=False)
