"""Files of vectors as NumPy, pandas and pyarrow write them, and what they hold."""

import pathlib

import numpy
import pandas
import pyarrow
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "golden" / "vectors"
NAMES = ["a.png", "b/ä.png", "c, d.png", "", "e.png"]
LABELS = ["cat", "dog", "cat", None, "owl"]
N_ROWS, N_COLUMNS = 5, 3
TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def numbers(dtype="f4", shape=(N_ROWS, N_COLUMNS)):
    values = numpy.arange(numpy.prod(shape)).reshape(shape)
    kind = numpy.dtype(dtype).kind
    if kind == "b":
        return values % 3 == 0
    if kind == "u":
        return (values * 17).astype(dtype)
    return (values * 7 - 40 if kind == "i" else values / 8 - 1).astype(dtype)


def case(name, rows, names=None, labels=None, **options):
    rows = numpy.asarray(rows).reshape(len(rows), -1).astype("f4")
    return {
        "file": name,
        "options": options,
        "shape": list(rows.shape),
        "values": rows.ravel().tolist(),
        "names": names,
        "labels": labels,
    }


def npy():
    for code in TYPES:
        for order in "<>":
            rows = numbers(numpy.dtype(code).newbyteorder(order))
            name = f"{'bool' if code == '?' else code}_{'little' if order == '<' else 'big'}.npy"
            numpy.save(FOLDER / name, rows)
            yield case(name, rows)
    for version in (1, 2, 3):
        with open(FOLDER / f"version{version}.npy", "wb") as out:
            numpy.lib.format.write_array(out, numbers(), version=(version, 0))
        yield case(f"version{version}.npy", numbers())
    numpy.save(FOLDER / "fortran.npy", numpy.asfortranarray(numbers("f8")))
    yield case("fortran.npy", numbers())
    pictures = numbers("u1", (3, 2, 4, 3))
    numpy.save(FOLDER / "pictures.npy", pictures)
    yield case("pictures.npy", pictures)
    numpy.save(FOLDER / "pictures_fortran.npy", numpy.asfortranarray(pictures))
    yield case("pictures_fortran.npy", pictures)


def npz():
    other = numbers("f8", (2, 2))
    classes = numpy.arange(N_ROWS, dtype=">i2") - 2
    counted = [str(c) for c in classes]
    texts = [f"{i}.png" for i in range(N_ROWS)]
    numpy.savez(FOLDER / "stored.npz", other=other, x=numbers(), y=classes, names=texts)
    yield case("stored.npz", numbers(), texts, counted)
    yield case("stored.npz", other, array="other")
    numpy.savez_compressed(
        FOLDER / "deflated.npz", x_train=numbers("u1"), y_train=numpy.array(["ä", "b", "", "d", "e" * 9]),
        x_test=other, ids=numpy.array([b"1", b"22", b"3", b"4", b"5"]), truth=numbers("?", (5,)),
    )  # fmt: skip
    labels = ["ä", "b", "", "d", "e" * 9]
    yield case("deflated.npz", numbers("u1"), None, labels, array="x_train")
    truth = [str(t) for t in numbers("?", (5,))]
    yield case("deflated.npz", numbers("u1"), ["1", "22", "3", "4", "5"], truth, array="x_train.npy",
               id_column="ids", label_column="truth")  # fmt: skip
    numpy.savez(FOLDER / "only.npz", a=numpy.zeros(3), b=numbers(), labels=numpy.arange(N_ROWS))
    yield case("only.npz", numbers(), None, [str(i) for i in range(N_ROWS)])


def csv():
    names = [name or "nobody" for name in NAMES]
    table = pandas.DataFrame(numbers(), columns=["f0", "f1", "f2"])
    table.to_csv(FOLDER / "numbers.csv", index=False)
    yield case("numbers.csv", numbers())
    table.to_csv(FOLDER / "index.csv")
    yield case("index.csv", numbers(), [str(i) for i in range(N_ROWS)])
    table.to_csv(FOLDER / "no_header.csv", index=False, header=False)
    yield case("no_header.csv", numbers())
    named = table.assign(path=names, label=LABELS)
    named[["f0", "label", "path", "f1", "f2"]].to_csv(FOLDER / "named.csv", index=False)
    yield case("named.csv", numbers(), names, LABELS, label_column="label")
    table.assign(label=LABELS).to_csv(FOLDER / "number_names.csv", index=False)
    yield case("number_names.csv", numbers()[:, 1:], [str(v) for v in numbers()[:, 0]], LABELS,
               label_column="label", id_column="f0")  # fmt: skip
    named[["path", "f0", "f1", "f2"]].to_csv(FOLDER / "named_no_header.csv", index=False, header=False)
    yield case("named_no_header.csv", numbers(), names)
    wide = numbers("f4", (4, 6))
    pandas.DataFrame(wide).to_csv(FOLDER / "counted.csv", index=False)
    yield case("counted.csv", wide)


def write(name, columns, **options):
    pyarrow.parquet.write_table(pyarrow.table(columns), FOLDER / name, **options)


def parquet():
    rows = numbers()
    flat = pyarrow.array(rows.ravel())
    fixed = pyarrow.FixedSizeListArray.from_arrays(flat, N_COLUMNS)
    binary = [row.astype("<f4").tobytes() for row in rows]
    columns = {"path": NAMES, "label": LABELS, "vector": fixed}
    for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
        for version in ("1.0", "2.0"):
            name = f"{codec}_{version[0]}.parquet"
            write(name, columns, compression=codec, data_page_version=version)
            if codec != "brotli":
                yield case(name, rows, NAMES, LABELS, label_column="label")
    write("list.parquet", {"vector": pyarrow.array(rows.astype("f8").tolist()), "n": [9, 8, 7, 6, 5]},
          row_group_size=2)  # fmt: skip
    yield case("list.parquet", rows, ["9", "8", "7", "6", "5"], id_column="n")
    write("whole_list.parquet", {"vector": pyarrow.array(numbers("i4").tolist(), pyarrow.list_(pyarrow.int8()))})
    yield case("whole_list.parquet", numbers("i4"))
    write("fixed_binary.parquet", {"vector": pyarrow.array(binary, pyarrow.binary(4 * N_COLUMNS))})
    yield case("fixed_binary.parquet", rows)
    write("binary.parquet", {"n": [1.0] * N_ROWS, "vector": pyarrow.array(binary)})
    yield case("binary.parquet", rows, column="vector")
    yield case("binary.parquet", numpy.ones((N_ROWS, 1)))
    write("two.parquet", {"a": fixed, "b": pyarrow.array((rows + 1).tolist())})
    yield case("two.parquet", rows + 1, column="b")
    table = pandas.DataFrame(
        {"kind": pandas.Categorical(LABELS), "f": rows[:, 0], "d": rows[:, 1].astype("f8"), "i": range(5),
         "u": numpy.arange(5, dtype="u1"), "t": rows[:, 0] > 0, "when": pandas.Timestamp("2020-01-01")},
        index=[5, 4, 3, 2, 1],
    )  # fmt: skip
    table.to_parquet(FOLDER / "pandas.parquet", row_group_size=3)
    numeric = table[["f", "d", "i", "u", "t"]].to_numpy("f4")
    yield case("pandas.parquet", numeric, None, LABELS, label_column="kind")
    constant = numpy.full((2000, 3), 0.5)
    write("constant.parquet", {"vector": pyarrow.array(constant.tolist())}, data_page_size=512)
    yield case("constant.parquet", constant)


def refused():
    """Sound files that are not vectors, or not such as are read."""
    numpy.save(FOLDER / "one_dimension.npy", numpy.zeros(3))
    numpy.save(FOLDER / "complex.npy", numpy.zeros((2, 2), "c8"))
    numpy.save(FOLDER / "objects.npy", numpy.array([["a", None]], dtype=object), allow_pickle=True)
    numpy.save(FOLDER / "record.npy", numpy.zeros((2, 2), [("a", "f4"), ("b", "f4")]))
    numpy.save(FOLDER / "empty.npy", numpy.zeros((0, 4)))
    numpy.save(FOLDER / "infinite.npy", numpy.array([[1, 2], [3, 1e39]]))
    write("binary_and_number.parquet", {"hash": pyarrow.array([b"12345678"], pyarrow.binary(8)), "n": [1.0]})
    write("unequal.parquet", {"vector": [[1.0, 2.0], [3.0]]})
    write("null_list.parquet", {"vector": [[1.0, 2.0], None]})
    write("null_element.parquet", {"vector": [[1.0, 2.0], [None, 2.0]]})
    write("nan.parquet", {"vector": [[1.0, 2.0], [float("nan"), 2.0]]})
    write("null_name.parquet", {"vector": [[1.0], [2.0]], "path": ["a", None]})
    write("text.parquet", {"path": ["a", "b"]})
    numpy.savez(FOLDER / "two.npz", a=numbers(), b=numbers())


def cases():
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.iterdir():
        file.unlink()
    found = [*npy(), *npz(), *csv(), *parquet()]
    refused()
    return {"cases": found}
