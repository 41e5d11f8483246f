"""Every way to fail has a code, and the table knows it with the same advice on trying again."""

from cardreader import errors
from failures import failure


def leaves(kind: type[errors.CardError]) -> list[type[errors.CardError]]:
    below = [leaf for child in kind.__subclasses__() for leaf in leaves(child)]
    return below + ([kind] if "code" in vars(kind) else [])


def test_every_error_is_in_the_table_and_agrees_on_retrying() -> None:
    for kind in leaves(errors.CardError):
        assert failure(kind.code).retry == kind.retry, kind.code


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in leaves(errors.CardError)]
    assert len(codes) == len(set(codes)) > 15


def test_the_tree_in_the_docstring_names_every_code() -> None:
    tree = errors.__doc__ or ""
    for kind in leaves(errors.CardError):
        assert any(line.split()[-2:] == [kind.__name__, kind.code] for line in tree.splitlines()), kind


def test_a_refusal_says_its_status_word() -> None:
    assert str(errors.CardRefused(0x6982)) == "card refused the command, SW=6982"
