"""How a text is written (delimiter, decimal mark, encoding) is found out or said, and what is no table is told."""

import codecs
import csv
import gzip
import re
from pathlib import Path

import pytest
from cohort_files import added_to

import bn
from bn.cohort.files import score_file, text_source
from bn.cohort.frames.questions import Scoring
from bn.core.errors import RunError


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("age,bmi\n50,25\n", "utf-8", "UTF-8, cells between commas"),
        ("age;bmi, kg;note\n50;25;a,b\n", "utf-8", "UTF-8, cells between semicolons"),
        ("age\tbmi\n50\t25,5\n", "utf-8", "UTF-8, cells between tabs, decimal comma"),
        ("age|bmi|a;b;c;d;e\n50|25|1\n", "utf-8", "UTF-8, cells between pipes"),
        ('"x, y, z";age\n1;50\n', "utf-8", "UTF-8, cells between semicolons"),
        ("sep=;\nage;bmi\n50;25\n", "utf-8", "UTF-8, cells between semicolons"),
        ("age;ort\n50;Köln\n", "latin-1", "Latin-1, cells between semicolons"),
        ("age;ort\n50;Köln\n", "utf-16", "UTF-16-LE, cells between semicolons"),
        ("age;ort\n50;1234567890Köln\n", "utf-16-be", "UTF-16-BE, cells between semicolons"),
        ("\n\nage,bmi\n50,25\n", "utf-8", "UTF-8, cells between commas"),
    ],
)
def test_how_a_file_is_written_is_found_out(
    small: bn.RiskModel, tmp_path: Path, text: str, encoding: str, told: str
) -> None:
    data = text.encode(encoding)
    out, summary = added_to(small, data, tmp_path)
    assert f"read as {told}\n" in summary + "\n"
    lines = out.decode(encoding).split("\n")
    assert [line[: len(start)] for line, start in zip(lines, text.split("\n"), strict=True)] == text.split("\n")
    assert summary.startswith("1 of 1 row scored")


def test_one_may_say_how_a_file_is_written(small: bn.RiskModel, tmp_path: Path) -> None:
    out, _ = added_to(small, b'age,bmi\n50,"25,5"\n', tmp_path, decimal=",")
    risk = f"{small.posterior(age=50, bmi=25.5).risk:.6f}".replace(".", ",")
    assert f'50,"25,5","{risk}","'.encode() in out
    added_to(small, b"age:bmi\n50:25\n", tmp_path, delimiter=":")
    out, _ = added_to(small, "age;bmi\n50;25 €\n".encode("cp1252"), tmp_path, delimiter="semicolon", encoding="cp1252")
    assert "'25 €'".encode("cp1252") in out
    for wrong in ({"delimiter": "ab"}, {"delimiter": "1"}, {"decimal": ";"}, {"encoding": "gbk"}, {"encoding": "x"}):
        with pytest.raises(bn.QuestionError, match=next(iter(wrong)).split("_")[0]):
            added_to(small, b"age\n50\n", tmp_path, **wrong)


def test_decimal_commas_do_not_make_thousands_of_points(small: bn.RiskModel, tmp_path: Path) -> None:
    """Where commas are decimal marks, a point is refused rather than taken for one; and the other way round."""
    out, _ = added_to(small, b"age;bmi\n50;25,5\n51;24,1\n52;23.4\n", tmp_path)
    assert out.endswith(b"bmi: found '23.4', expected a decimal comma as in other cells\n")
    out, _ = added_to(small, b"age;bmi\n50;25.5\n51;24.1\n52;23,4\n", tmp_path)
    assert b"bmi: found '23,4', expected a number" in out


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("250,5", "found '250,5', expected 10 to 100 kg/m2, check the unit"),
        (
            "<3,5",
            "found '<3,5', expected 10 to 100 kg/m2; 3,5 g/cm2 would be 35 kg/m2, so type the unit if that is meant",
        ),
        ("300,5+", "found '300,5+', expected 10 to 100 kg/m2, check the unit"),
        ("x4,1", "found 'x4,1', expected a number such as '32', '<32' or '32 kg/m2'"),
        ("x4.1", "found 'x4.1', expected a number such as '32', '<32' or '32 kg/m2'"),
    ],
)
def test_a_cell_is_quoted_as_it_stands_among_decimal_commas(
    small: bn.RiskModel, tmp_path: Path, cell: str, said: str
) -> None:
    out, _ = added_to(small, f"age;bmi\n50;25,5\n52;{cell}\n".encode(), tmp_path, decimal=",")
    assert out.decode().splitlines()[2].rstrip('"').endswith(f"bmi: {said}")


def test_decimal_commas_that_come_late_are_told_the_way_out(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark is told by the first `SAMPLE` bytes; what follows may not agree with what was supposed."""
    monkeypatch.setattr(text_source, "SAMPLE", 16)
    data = b"age;bmi\n50;25\n51;24\n" + b"52;26,8\n53;<26,8 kg/m2\n54;26.8\n"
    out, _ = added_to(small, data, tmp_path)
    told = [row[-1] for row in csv.reader(out.decode().splitlines()[3:], delimiter=";")]
    way_out = "but the first records do not settle the decimal mark; for a comma, say --decimal ,"
    assert told == [f"bmi: found '26,8', {way_out}", f"bmi: found '<26,8 kg/m2', {way_out}", ""]
    out, _ = added_to(small, data, tmp_path, decimal=",")
    assert [line.endswith(";") for line in out.decode().splitlines()[1:]] == [True, True, True, True, False]


OPEN = "may be {} or {}, and other cells do not tell; say --decimal , or --decimal ."


@pytest.mark.parametrize(
    ("text", "decimal", "said"),
    [
        ("age\tfasting_insulin [pmol/L]\n68\t1,050\n", None, OPEN.format(1050, "1.050")),
        ("age;fasting_insulin [pmol/L]\n68;14.100\n", None, OPEN.format(14100, "14.100")),
        ('age|fasting_insulin [pmol/L]\n68|"<1,050 pmol/L"\n', None, OPEN.format(1050, "1.050")),
        ("age;fasting_insulin [pmol/L];bmi\n68;1,050;\n60;;26.8\n62;;26,8\n", None, OPEN.format(1050, "1.050")),
        ("age\tfasting_insulin [pmol/L]\tbmi\n68\t1,050\t26.8\n", None, "found '1,050.*write '1050.* or '1.050"),
        ('age,fasting_insulin [pmol/L]\n68,"1,050"\n', None, "found '1,050.*write '1050.* or '1.050"),
        ("age;fasting_insulin [pmol/L];bmi\n68;14.100;26,8\n", None, "found '14.100'.*; write 14100 or 14,100"),
        ("age;fasting_insulin [pmol/L]\n68;1,050,000\n", None, "found '1,050,000.*write '1050000"),
        (
            "age;fasting_insulin [pmol/L];bmi\n68;1.050,5;\n60;;26,8\n",
            None,
            "found '1.050,5', expected a decimal comma",
        ),
        ("age\tfasting_insulin [pmol/L]\n68\t1,050\n", ".", "found '1,050.*write '1050.* or '1.050"),
        ("age\tfasting_insulin [pmol/L]\n68\t1.050\n", ",", "found '1.050'.*; write 1050 or 1,050"),
    ],
)
def test_three_digits_behind_a_mark_are_never_taken_for_decimals_unless_something_tells(
    small: bn.RiskModel, tmp_path: Path, text: str, decimal: str | None, said: str
) -> None:
    _, summary = added_to(small, text.encode(), tmp_path, decimal=decimal)
    with pytest.raises(RunError, match=f"line 2: fasting_insulin .pmol/L.: .*{said}"):
        added_to(small, text.encode(), tmp_path, decimal=decimal, strict=True)
    assert re.search(r"1x fasting_insulin \[pmol/L\]: cannot be read \(line 2\)", summary)


def test_a_refused_cell_is_an_error_however_it_is_spelled(small: bn.RiskModel, tmp_path: Path) -> None:
    """Blanks and quotes make other cells of the same text; none of them may pass for a missing value."""
    out, _ = added_to(small, b'age;hscrp\n50;1,050\n50; 1,050\n50;"1,050"\n60;2\n', tmp_path)
    assert [b"say --decimal" in line for line in out.splitlines()[1:]] == [True, True, True, False]


@pytest.mark.parametrize(
    ("text", "decimal", "mda"),
    [
        ("age;mda;bmi\n68;1,234;26,8\n", None, 1.234),
        ("age;mda;bmi\n68;1.234;26.8\n", None, 1.234),
        ("age,mda\n68,1.234\n", None, 1.234),
        ("age;mda\n68;0,823\n", None, 0.823),
        ("age;mda;il6\n68;1,234;\n68;;0,823\n", None, 1.234),
        ("age\tmda\n68\t1,234\n", ",", 1.234),
        ("age\tmda\n68\t1.234\n", ".", 1.234),
    ],
)
def test_they_are_decimals_where_the_file_or_its_user_tells(
    small: bn.RiskModel, tmp_path: Path, text: str, decimal: str | None, mda: float
) -> None:
    out, _ = added_to(small, text.encode(), tmp_path, decimal=decimal)
    header, first, *_ = [line.split(text[3]) for line in out.decode().splitlines()]
    said = {"age": 68, "mda": mda} | ({"bmi": 26.8} if "26" in text else {})
    risk = float(first[header.index("risk")].replace(",", "."))
    assert risk == pytest.approx(small.posterior(said).risk, abs=6e-7)


def test_bytes_that_are_no_characters_come_back(small: bn.RiskModel, tmp_path: Path) -> None:
    """Damaged UTF-8 far from the start, half a character in UTF-16, zeros: none is changed."""
    rows = b"".join(b"50,%d\n" % number for number in range(200_000))
    out, _ = added_to(small, b"age,note\n" + rows + b"50,\xff\xfe\0\n", tmp_path)
    assert out.splitlines()[-1].startswith(b"50,\xff\xfe\0,")
    broken = "age,note\n50,\ud83d\n51,a\udc00b\n".encode("utf-16-le", "surrogatepass")
    out, _ = added_to(small, codecs.BOM_UTF16_LE + broken, tmp_path)
    lines = out.decode("utf-16-le", "surrogatepass").splitlines()
    assert [line[:5] for line in lines[1:]] == ["50,\ud83d,", "51,a\udc00"]


def test_text_is_packed_and_unpacked(small: bn.RiskModel, tmp_path: Path) -> None:
    plain, packed, out = tmp_path / "in.csv", tmp_path / "in.csv.gz", tmp_path / "out.csv.gz"
    data = b"age,bmi\n" + b"".join(b"%d,25\n" % (20 + number % 60) for number in range(100_000))
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    score_file(small, str(packed), str(out))
    score_file(small, str(plain), str(tmp_path / "out.csv"))
    assert gzip.decompress(out.read_bytes()) == (tmp_path / "out.csv").read_bytes()
    packed.write_bytes(gzip.compress(data)[:-100])
    with pytest.raises(RunError, match=r"in\.csv\.gz: the packed file is damaged or not whole"):
        score_file(small, str(packed), str(tmp_path / "out2.csv"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "in.csv.gz", "out.csv", "out.csv.gz"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty; expected a header"),
        (b"\xef\xbb\xbf\n\n", "empty; expected a header"),
        (b'"age,bmi\n50,25\n', "header has an unclosed quote"),
        (b"age,age\n50,25\n", "both give age"),
        (b"age,risk\n50,1\n", "risk clash with result columns"),
        (b"age,risk,error\n50,1,\n", "already scored: remove the result columns, or take the original"),
        (b"age,hscrp [kg]\n50,1\n", r"hscrp \[kg\]"),
        (b"height\n170\n", "no column is recognized"),
    ],
)
def test_files_that_are_no_table_are_named(small: bn.RiskModel, tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(bn.QuestionError, match=f"in.csv: .*{said}"):
        added_to(small, content, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_line_without_end_is_no_text(small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_source, "LONGEST_LINE", 1 << 21)
    with pytest.raises(RunError, match="header is longer"):
        added_to(small, b"\1" * (1 << 22), tmp_path)
    with pytest.raises(RunError, match="line 2 is longer"):
        added_to(small, b"age\n" + b"\1" * (1 << 22), tmp_path)
    with pytest.raises(RunError, match="truncated"):
        added_to(small, codecs.BOM_UTF16_LE + "age\n5".encode("utf-16-le") + b"\0", tmp_path)


def test_a_header_alone_and_columns_named_alike_are_fine(small: bn.RiskModel, tmp_path: Path) -> None:
    out, summary = added_to(small, b"age,x,x,", tmp_path)
    assert out == b"age,x,x,," + ",".join(Scoring(small, interval=False).added).encode()
    assert summary.startswith("0 of 0 rows scored")
