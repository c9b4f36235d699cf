# Spends its time in three functions, 60, 30 and 10 % of it, and prints how much it
# really was: shares.py SECONDS [RUNS], of its own time; each run has functions of its
# own, whose names end in its number.
from __future__ import print_function
import random
import sys
import time

clock = getattr(time, 'thread_time', getattr(time, 'process_time', None))
clock = clock or time.clock  # of the CPU, in 2.7


def spin(until):
    x = 0
    while clock() < until:
        for i in range(50):
            x += i


def run(number, seconds):
    names = ['%s_%d' % (name, number) for name in ('sixty', 'thirty', 'ten')]
    scope = {'spin': spin}
    for name in names:
        exec(compile('def %s(until):\n    spin(until)\n' % name, 'shares.py',
                     'exec'), scope)
    spent = dict.fromkeys(names, 0.0)
    end = clock() + seconds
    while clock() < end:
        # Of no length that a sampler could keep step with.
        for name, mean in zip(names, (.006, .003, .001)):
            f = scope[name]
            begin = clock()
            f(begin + random.expovariate(1 / mean))
            spent[name] += clock() - begin
    for name in names:
        print('share', name, spent[name] / sum(spent.values()))


def main():
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        run(number, float(sys.argv[1]))


main()
