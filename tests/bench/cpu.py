"""cpu - what a command and everything that it started took.

    cpu.py FILE [-t SECONDS] COMMAND [ARG...]

Writes "USER SYSTEM" into FILE: seconds of CPU time of the command and all its
descendants, those too that outlive it (perf's addr2line processes). Ends with the
command's status; 124 if it was killed after SECONDS, what it had used till then is
written all the same.
"""
import ctypes
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36


def main():
    out, argv, limit = sys.argv[1], sys.argv[2:], 0
    if argv[0] == '-t':
        limit, argv = int(argv[1]), argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Not fork(): what Python does till then would be counted.
    child = os.posix_spawnp(argv[0], argv, os.environ, setpgroup=0)
    timed_out = []

    def stop(number, frame):
        timed_out.append(True)
        os.killpg(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    status = user = system = 0
    while True:
        # Each with what it waited for itself. Not RUSAGE_CHILDREN: a wrapper that
        # became this Python may have had children.
        try:
            pid, how, used = os.wait4(-1, 0)
        except ChildProcessError:
            break
        user += used.ru_utime
        system += used.ru_stime
        if pid == child:
            status = os.waitstatus_to_exitcode(how)
    with open(out, 'w') as f:
        f.write('%.4f %.4f\n' % (user, system))
    sys.exit(124 if timed_out else status if status >= 0 else 128 - status)


main()
