from time import perf_counter

import pytest

from gatling_core import text


@pytest.mark.parametrize("name", ["send_email", "sendEmail", "SendEmail", "send-emails", "mail.sendEmail"])
def test_spellings_of_a_name_share_their_words(name):
    assert text.words(name)[-2:] == ["send", "email"]


def test_inflections_meet_and_different_words_do_not():
    assert text.words("invoices listing shared")[0] == text.words("invoice")[0]
    assert text.words("listing") == text.words("lists") == text.words("list")
    assert text.words("shared") == text.words("share") == text.words("sharing")
    assert text.words("bookings") == text.words("booking")
    assert text.words("GMs and APIs")[::2] == ["gm", "api"]
    assert text.words("paid") != text.words("pain")


def test_ids_are_the_same_in_every_process():
    assert text.word_ids("invoice HAT136") == [3_579_880_780, 185_744_044]


def test_values_keep_addresses_files_and_dates_whole():
    assert text.values("Pay a.b@x.com via bill-12.txt on 2024-05-15, 10.50.") == [
        "pay", "a.b@x.com", "via", "bill-12.txt", "on", "2024-05-15", "10.50",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("a@corp.com", "corp.com"),
        ("https://www.x.org/p?q=1", "x.org"),
        ("www.x.org", "x.org"),
        ("report.pdf", None),
        ("plain", None),
    ],
)
def test_hosts(value, host):
    assert text.host(value) == host


def test_padding_is_row_zero_and_no_word_has_it():
    row, empty = text.buckets([text.word_ids("one two"), []], 4)
    assert (row[:2] > 0).all()
    assert (row[2:] == 0).all()
    assert (empty == 0).all()


@pytest.mark.parametrize("junk", ["-", "+", ".", "a+", "#", "/", "#-", "a@", "-.", "a--"])
def test_values_take_linear_time(junk):
    start = perf_counter()
    text.values(junk * 50_000)
    assert perf_counter() - start < 2


def test_a_value_begins_wherever_the_one_before_ended():
    assert text.values("mailto:foo+bar@x.com #12 ./a/b.txt see:#7 -x-https://h.org/p?q") == [
        "mailto:foo", "+bar@x.com", "#12", "/a/b.txt", "see:#7", "x-https://h.org/p", "q",
    ]  # fmt: skip


def test_long_runs_have_the_same_words_and_are_not_kept():
    assert text.words("aB" * 100) == ["a", *["ba"] * 99, "b"]
    before = text._split.cache_info().currsize
    text.word_ids("q" * 500)
    assert text._split.cache_info().currsize == before
