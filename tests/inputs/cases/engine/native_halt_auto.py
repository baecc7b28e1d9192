"""native_halt, and three processes that multicast besides: more states than the reference engine walks by default."""

from dataclasses import replace

from native_halt import Member, NativeHalt

from groupy_check import Deliver, Multicast, Step


class NativeHaltAuto(NativeHalt):
    name = "native-halt-auto"

    def step(self, s, e):
        match s, e:
            case Member(3 | 4 | 5), Multicast(p):
                return Step(replace(s, heard=s.heard + 1), (Deliver(p),))
        return super().step(s, e)
