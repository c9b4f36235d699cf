"""cpu - what a command and everything that it started took.

    cpu.py FILE [-t SECONDS] COMMAND [ARG...]

Writes "USER SYSTEM MIB" into FILE: seconds of CPU time of the command and all its
descendants, those too that outlive it (perf's addr2line processes), and the peak of
memory of the largest of them. Ends with the command's status; 124 if it was killed
after SECONDS, what it had used till then is written all the same.
"""
import ctypes
import os
import resource
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36


def main():
    out, argv, limit = sys.argv[1], sys.argv[2:], 0
    if argv[0] == '-t':
        limit, argv = int(argv[1]), argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.execvp(argv[0], argv)
    timed_out = []

    def stop(number, frame):
        timed_out.append(True)
        os.killpg(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    status = 0
    while True:
        try:
            pid, how = os.wait()
        except ChildProcessError:
            break
        if pid == child:
            status = os.waitstatus_to_exitcode(how)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(out, 'w') as f:
        f.write('%.4f %.4f %.1f\n' % (used.ru_utime, used.ru_stime,
                                      used.ru_maxrss / 1024))
    sys.exit(124 if timed_out else status if status >= 0 else 128 - status)


main()
