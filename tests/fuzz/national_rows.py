"""Rows of every national table, made from the profiles: values of the right kind, odd spellings among them."""

from collections.abc import Mapping

from hypothesis import strategies as st

VISIT_ID = "SYN-33999-0000001"
FACILITY = "33999"
CARDS = ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN")
FIXED = {
    "MA_LK": VISIT_ID,
    "MA_CSKCB": FACILITY,
    "MACSKCB": FACILITY,
    "NGAY_VAO": "202609140805",
    "NGAY_RA": "202609161000",
    "NGAYGIO_VV": "202609101500",
    "NGAY_TV": "202609112230",
}
# White space other than space, tab and line break is not told apart in FHIR.
TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), include_characters=" \n;"
    ),
    min_size=1,
    max_size=12,
)
DAYS = st.dates(min_value=__import__("datetime").date(1900, 1, 1)).map("{:%Y%m%d}".format)
TIMES = st.times().map("{:%H%M}".format)
NUMBERS = st.decimals(min_value=-(10**9), max_value=10**12, places=2).map("{:f}".format) | st.from_regex(
    r"\A[0-9]{1,6}(\.[0-9]{1,3})?\Z"
)
BY_KIND: Mapping[str, st.SearchStrategy[str]] = {
    "text": TEXTS,
    "code": st.from_regex(r"\A[0-9]{1,2}\Z") | TEXTS,
    "integer": st.from_regex(r"\A[0-9]{1,4}\Z"),
    "number": NUMBERS,
    "day": DAYS | st.builds(str.__add__, DAYS, TIMES),
    "moment": st.builds(str.__add__, DAYS, TIMES) | DAYS,
    "birth": DAYS
    | st.builds(str.__add__, DAYS, TIMES)
    | st.sampled_from(["1995", "19950000", "199500000000"]),
}
