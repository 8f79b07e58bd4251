"""Counts the test cases of Meson's last test runs: python3 count_tests.py BUILD_FOLDER...

Prints "N passed, N failed" and exits with 1 if any failed or none ran. A test program that failed although all its
cases passed (it crashed, leaked or took too long) counts as one failed case.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as et

GOOD = {"OK", "EXPECTEDFAIL", "SKIP"}


def failed(case):
    """Whether a JUnit test case failed."""
    return case.find("failure") is not None or case.find("error") is not None


def ran(case):
    """Whether a JUnit test case was neither skipped nor disabled."""
    return case.find("skipped") is None and case.get("status") != "notrun"


def cases_of(root, program):
    """Test cases of one program: suites carry its name where it is a GoogleTest, a single case does where it is not."""
    return [case for suite in root for case in suite.iter("testcase")
            if f".{program}." in suite.get("name", "") or case.get("name") == program]


def count(build):
    """(passed, failed) of the last run in one build folder."""
    logs = pathlib.Path(build) / "meson-logs"
    try:
        root = et.parse(logs / "testlog.junit.xml").getroot()
        programs = [json.loads(line) for line in (logs / "testlog.json").read_text().splitlines()]
    except FileNotFoundError:
        print(f"{build}: no test ran.")
        return 0, 1
    cases = [case for case in root.iter("testcase") if ran(case)]
    bad = sum(map(failed, cases))
    good = len(cases) - bad
    for program in programs:
        name = program["name"].split(" / ")[-1]
        if program["result"] not in GOOD and not any(map(failed, cases_of(root, name))):
            print(f"{build}: {name} failed outside its test cases ({program['result']}).")
            bad += 1
    return good, bad


def main(builds):
    """Prints the sum over all builds."""
    passed, failures = map(sum, zip(*map(count, builds)))
    print(f"{passed} passed, {failures} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
