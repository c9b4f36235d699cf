# Spends its time in three functions, 60, 30 and 10 % of it, and prints how much it
# really was: shares.py SECONDS, of its own time
from __future__ import print_function
import random
import sys
import time

clock = getattr(time, 'thread_time', getattr(time, 'process_time', time.time))


def spin(until):
    x = 0
    while clock() < until:
        for i in range(50):
            x += i


def sixty(until):
    spin(until)


def thirty(until):
    spin(until)


def ten(until):
    spin(until)


def main():
    spent = {sixty: 0.0, thirty: 0.0, ten: 0.0}
    end = clock() + float(sys.argv[1])
    while clock() < end:
        # Of no length that a sampler could keep step with.
        for f, mean in (sixty, .006), (thirty, .003), (ten, .001):
            begin = clock()
            f(begin + random.expovariate(1 / mean))
            spent[f] += clock() - begin
    for f in spent:
        print('share', f.__name__, spent[f] / sum(spent.values()))


main()
