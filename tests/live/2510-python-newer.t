# As 2502, on every other Python that is here from 3.10 on.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
check_versions newer
