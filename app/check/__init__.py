"""tool: `pycam check` tests every outside thing, and says what to do about each failure.

check.py       what a check is, and the four answers it can give
families.py    the table: every check there is, for these settings
runner.py      all at once, each with a deadline: what hangs is given up
report.py      the results as lines or as JSON
check_cli.py   options and exit code

One file per family: the checks of one outside thing each. They import their library inside the check, so that a
broken installation of one (numpy beneath OpenCV, most often) is an answer and not the end of all.
"""
