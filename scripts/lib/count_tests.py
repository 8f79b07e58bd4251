"""Counts the test cases of Meson's last test runs: python3 count_tests.py BUILD_FOLDER...

Prints "N passed, N failed" and exits with 1 if any failed or none ran. A test program that failed although all its
cases passed (it crashed, leaked or took too long) counts as one failed case, a program without GoogleTest as one case. What was skipped counts as neither.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as et


def failed(case):
    """Whether a JUnit test case failed."""
    return case.find("failure") is not None or case.find("error") is not None


def ran(case):
    """Whether a JUnit test case was neither skipped nor disabled."""
    return case.find("skipped") is None and case.get("status") != "notrun"


def count_program(report, program):
    """(passed, failed) of one test program, from Meson's report in JUnit's form and the program's line of its log."""
    if program["result"] == "SKIP":
        return 0, 0
    good = program["result"] in ("OK", "EXPECTEDFAIL")
    suites = [suite for suite in report if f".{program['name']}." in suite.get("name", "")]
    if not suites:
        return (1, 0) if good else (0, 1)
    cases = [case for suite in suites for case in suite.iter("testcase") if ran(case)]
    failures = sum(map(failed, cases))
    passed = len(cases) - failures
    if not good and not failures:
        print(f"{program['name']} failed outside its test cases ({program['result']}).")
        failures = 1
    return passed, failures


def count_build(build):
    """[(passed, failed)] of each program of the last run in one build folder."""
    logs = pathlib.Path(build) / "meson-logs"
    try:
        report = et.parse(logs / "testlog.junit.xml").getroot()
        programs = [json.loads(line) for line in (logs / "testlog.json").read_text().splitlines()]
    except FileNotFoundError:
        print(f"No test ran in {build}.")
        return [(0, 1)]
    return [count_program(report, program) for program in programs]


def main(builds):
    """Prints the sum over all builds; returns the exit status."""
    counts = [count for build in builds for count in count_build(build)]
    passed, failures = sum(good for good, _ in counts), sum(bad for _, bad in counts)
    print(f"{passed} passed, {failures} failed")
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
