"""Runs scikit-learn's own tests with our estimators in its places, and says why each failure is one.

    python python/upstream/run.py [--write]

Needs what `python/test` installs. With --write, the table in docs/coming-from-scikit-learn.md is made anew.
Tests of private functions are left out, and so are those that pass sparse matrices, which are refused; left_out.py
lists the former, and the reasons of failures that are known.
"""

import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from left_out import PRIVATE, reason

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "coming-from-scikit-learn.md"
MARKS = ("<!-- upstream begins -->", "<!-- upstream ends -->")
MODULES = {
    "cluster/tests/test_k_means.py": "sklearn.cluster.tests.test_k_means",
    "cluster/tests/test_dbscan.py": "sklearn.cluster.tests.test_dbscan",
    "cluster/tests/test_hierarchical.py": "sklearn.cluster.tests.test_hierarchical",
    "decomposition/tests/test_pca.py": "sklearn.decomposition.tests.test_pca",
    "manifold/tests/test_t_sne.py": "sklearn.manifold.tests.test_t_sne",
}


def outcomes(module):
    """Name and failure (None: passed) of each test of a module that is not skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        options = ["-q", "-p", "swap", "-p", "no:cacheprovider", "-W", "ignore", "--tb=line"]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", "--pyargs", module],
            cwd=HERE,
            stdout=subprocess.DEVNULL,
        )
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            if case.find("skipped") is None:
                failure = case.find("failure")
                yield case.get("name"), None if failure is None else failure.get("message", "")


def table():
    rows, failures = [], collections.Counter()
    n_all = n_passed = 0
    for path, module in MODULES.items():
        counts = collections.Counter()
        for name, failure in outcomes(module):
            function = name.partition("[")[0]
            if function in PRIVATE:
                counts["private"] += 1
            elif re.search(r"cs[rc]_|lil_|sparse", name):
                counts["sparse"] += 1
            elif failure is None:
                counts["passed"] += 1
            else:
                counts["failed"] += 1
                failures[path, function, *reason(function, failure)] += 1
        total = counts["passed"] + counts["failed"]
        n_all, n_passed = n_all + total, n_passed + counts["passed"]
        rows.append(
            f"| `{path}` | {counts['private']} | {counts['sparse']} | {total} | {counts['passed']} "
            f"| {counts['passed'] / total:.0%} |"
        )
    lines = [
        "| module | of private functions | with sparse matrices | counted | pass | share |",
        "|---|--:|--:|--:|--:|--:|",
        *rows,
        f"| all | | | {n_all} | {n_passed} | **{n_passed / n_all:.0%}** |",
        "",
        "| failing test | times | class | why |",
        "|---|--:|---|---|",
    ]
    for (_, function, kind, why), times in sorted(failures.items()):
        lines.append(f"| `{function}` | {times} | {kind} | {why} |")
    return "\n".join(lines)


def main():
    text = table()
    print(text)
    if "--write" in sys.argv[1:]:
        before, rest = PAGE.read_text().split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        PAGE.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}")


if __name__ == "__main__":
    main()
