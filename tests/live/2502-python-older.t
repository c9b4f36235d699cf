# What versions differ in, on every other Python that is here up to 3.9: how deep
# calls look, where the frames of threads are, what a call does at its begin and end,
# names of methods, tables of lines. 2510 has the newer ones.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
check_versions older
