"""A model of the telephone exchange that advances second by second, independent of the product.

Once a second every call checks its telephones and performs the steps of that second. All times are
whole seconds. Nothing here is taken from the product.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

RING_TIMEOUT = 30  # of side B, and of elements without a timeout
LONGEST_TALK = 3600  # without a hang-up
LEAST_TEXT = 1  # seconds
UNKNOWN_FILE = 5  # seconds
QUEUES = {"ringall": "ringall", "linear": "linear", "linal": "linear", "lineral": "linear"}


@dataclass(frozen=True)
class Phone:
    """Behaviour of a number. Kinds other than ``"answers"`` end after ``after`` seconds."""

    kind: str = "answers"
    after: int | None = 3  # None: rings for ever
    talks_for: int | None = 30
    waits_for: int | None = None


MAGIC = {
    "79000009000": Phone(after=0, talks_for=None),
    "79000009001": Phone("busy", 1),
    "79000009002": Phone("never", None),
    "79000009003": Phone("rejects", 3),
    "79000009004": Phone("unavailable", 2),
    "79000009005": Phone(waits_for=2),
}


class Phones:
    """Behaviour by number: exact numbers, patterns from the latest to the first, magic, default."""

    def __init__(self):
        self.exact = {}
        self.patterns = []  # in the order in which they were set

    def put(self, number, phone):
        self.delete_customer(number)
        number = number.lstrip("+")
        if set(number) & set("*?"):
            self.patterns.append((number, phone))
        else:
            self.exact[number] = phone

    def delete_customer(self, number):
        number = number.lstrip("+")
        self.exact.pop(number, None)
        self.patterns = [each for each in self.patterns if each[0] != number]

    def __getitem__(self, number):
        number = number.lstrip("+")
        if number in self.exact:
            return self.exact[number]
        for pattern, phone in self.patterns[::-1]:
            if fnmatch.fnmatchcase(number, pattern):
                return phone
        if number in MAGIC:
            return MAGIC[number]
        if len(number) == 11 and number.startswith("7900001"):
            return Phone(after=int(number[7:9]), talks_for=int(number[9:]))
        return Phone()


def sorted_elements(elements):
    elements = list(elements)
    with_order = [each for each in elements if "order" in each]
    without = [each for each in elements if "order" not in each]
    return sorted(with_order, key=lambda each: each["order"]) + without


@dataclass
class Ringing:
    """A ringing telephone; ``seconds`` is the time since it began to ring."""

    number: str
    phone: Phone
    timeout: int
    seconds: int = 0

    def end(self):
        # An answer at the instant of the timeout is too late.
        if self.seconds >= self.timeout:
            return "timeout"
        if self.phone.after is not None and self.seconds >= self.phone.after:
            return "answer" if self.phone.kind == "answers" else "cancel"
        return None


@dataclass
class SideState:
    """One side of a call."""

    name: str
    groups: list  # of lists of (number, phone, timeout)
    prompts: int  # seconds
    ringing: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    waited: int = 0  # seconds from the first ring to the answer
    winner: str | None = None
    phone: Phone | None = None
    on_the_line: int = 0  # seconds since the answer
    joined_for: int = 0

    def next_group(self):
        self.ringing = [Ringing(*each) for each in self.groups.pop(0)]


class ModelCall:
    """A call: ``second()`` lets a second pass, ``look()`` performs the steps of this second."""

    def __init__(self, number, customer, made, *, groups, prompts, first, duration, url):
        self.id = str(1_000_000 + number)
        self.customer = customer
        self.now = made  # seconds of the clock
        self.url = url
        self.duration = duration
        self.sides = {name: SideState(name, groups[name], prompts[name]) for name in "AB"}
        self.first = self.sides[first]
        self.second = self.sides["B" if first == "A" else "A"]
        self.state = "ring first"
        self.failure = None
        self.talked = 0
        self.description = ""
        self.recorded = True
        self.first.next_group()

    @property
    def over(self):
        return self.state == "over"

    def second_passes(self):
        self.now += 1
        for side in self.sides.values():
            if side.winner is None:
                # A side that is not called yet does not wait.
                side.waited += side.name in self._being_rung()
                for ringing in side.ringing:
                    ringing.seconds += 1
            else:
                side.on_the_line += 1
        if self.state == "talk":
            self.talked += 1

    def _being_rung(self):
        return {"ring first": self.first.name, "ring second": self.second.name}.get(self.state, "")

    def look(self):
        """Return the events of this second in order: (event or None for the settling, second)."""
        happened = []
        before = None
        while before != (before := (self.state, self._groups_left())):
            getattr(self, "_" + self.state.replace(" ", "_"))(happened)
        if not self.over and self.state != "talk":
            self._hang_up_impatient_sides(happened)
        return [(event, self.now) for event in happened]

    def _groups_left(self):
        return [len(side.groups) for side in self.sides.values()]

    def _ring_first(self, happened):
        self._ring(self.first, "prompt first", happened)

    def _prompt_first(self, _happened):
        if self.first.on_the_line >= self.first.prompts:
            self.state = "ring second"
            self.second.next_group()

    def _ring_second(self, happened):
        self._ring(self.second, "prompt second", happened)

    def _prompt_second(self, _happened):
        if self.second.on_the_line >= self.second.prompts:
            self.state = "talk"

    def _ring(self, side, answered, happened):
        for ringing in side.ringing:
            if ringing.end() == "answer":
                if side is self.second and side.prompts and self._tired(self.first):
                    return  # too late: the first side leaves at this very instant
                side.winner, side.phone = ringing.number, ringing.phone
                side.ringing = []
                self.state = answered
                happened.append(f"start_side_{side.name}")
                return
        side.failures += [ringing.end() for ringing in side.ringing if ringing.end()]
        side.ringing = [ringing for ringing in side.ringing if not ringing.end()]
        if side.ringing:
            return
        if side.groups:
            side.next_group()
            return
        self.failure = ("timeout" if "timeout" in side.failures else "cancel", side.name)
        others = [self.first] if side is self.second else []
        self._end(others, happened)

    def _hang_up_impatient_sides(self, happened):
        for name in "AB":
            side = self.sides[name]
            if self._tired(side):
                self.failure = ("cancel", name)
                self._end(self._from(side), happened)
                return

    def _tired(self, side):
        waits_for = None if side.winner is None else side.phone.waits_for
        return waits_for is not None and side.on_the_line >= waits_for

    def _talk(self, happened):
        a, b = self.sides["A"], self.sides["B"]
        for side in (a, b):
            if side.phone.talks_for is not None and self.talked >= side.phone.talks_for:
                self._end(self._from(side), happened)
                return
        never = a.phone.talks_for is None and b.phone.talks_for is None
        bound = self.duration or (LONGEST_TALK if never else None)
        if bound is not None and self.talked >= bound:
            self._end([a, b], happened)

    def _over(self, _happened):
        pass

    def _from(self, side):
        other = self.sides["B" if side.name == "A" else "A"]
        return [side, other] if other.winner is not None else [side]

    def _end(self, sides, happened):
        happened += [f"end_side_{side.name}" for side in sides]
        happened.append(None)
        self.state = "over"

    def charged(self, tariff):
        seconds = {}
        for name, side in self.sides.items():
            steps, rest = divmod(side.on_the_line, tariff.step)
            seconds[name] = (steps + bool(rest)) * tariff.step
        return seconds

    def cost(self, tariff):
        seconds = self.charged(tariff)
        exact = (tariff.a * seconds["A"] + tariff.b * seconds["B"]) / 60
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)

    def info(self, tariff):
        """Return the text of the error, or the struct (recordings: whether there are any)."""
        if not self.over:
            return "Call is not ended"
        if self.failure:
            return "Call ended by {} on side {}".format(*self.failure)
        a, b, charged = self.sides["A"], self.sides["B"], self.charged(tariff)
        return {
            "callDescription": self.description,
            "destination_A": a.winner,
            "destination_B": b.winner,
            "waiting_period_A": a.waited,
            "waiting_period_B": b.waited,
            "call_back_charged_length_A": charged["A"],
            "call_back_charged_length_B": charged["B"],
            "call_back_real_length_A": a.on_the_line,
            "call_back_real_length_B": b.on_the_line,
            "call_back_cost": float(self.cost(tariff)),
            "call_back_currency": "RUB",
            "call_back_status": "answered",
            "call_back_record_URL_A": self.recorded,
            "call_back_record_URL_B": self.recorded,
        }


@dataclass(frozen=True)
class ModelTariff:
    a: Decimal
    b: Decimal
    step: int


class Refused(Exception):
    """The text of the error."""


class Exchange:
    """All calls, all customers, one clock."""

    def __init__(self, tariff, balance=Decimal(1000)):
        self.tariff = tariff
        self.start_balance = balance
        self.reset()

    def reset(self):
        self.phones = Phones()
        self.presets = {}  # customer -> (elements, caller_id, defaultBNumber)
        self.audio = {}  # (customer, name without extension) -> seconds
        self.calls = []
        self.delivered = []  # (call id, event, second)
        self.balances = {}
        self.now = 0
        self._undone = []  # of calls made since the clock last went on

    def set(self, customer, brought, caller_id, b_number):
        held, former_caller, former_b = self.presets.get(customer, ([], None, None))
        for side in "AB":
            if side in map(side_of, held) and side in map(side_of, brought):
                return {
                    "error": 1,
                    "error_description": f"Side {side} not clear. Delete before insert",
                }
        self.presets[customer] = (held + brought, caller_id or former_caller, b_number or former_b)
        return {"success": 1}

    def delete(self, customer):
        self.presets.pop(customer, None)

    def make(self, customer, params):
        held, caller_id, b_number = self.presets.get(customer, ([], None, None))
        elements = params.get("simpleCallBackFollowmeStruct") or held
        if not elements:
            raise Refused("Callback followme structure not found")
        if not any(is_queue(each) for each in elements):
            raise Refused("Side A has no number to call")
        b_number = params.get("b_number") or b_number
        if not b_number:
            raise Refused("B number not set")
        if not (params.get("caller_id") or caller_id):
            raise Refused("caller_id not set")
        call = ModelCall(
            len(self.calls) + 1,
            customer,
            self.now,
            groups={
                "A": self._groups(elements),
                "B": [[(b_number, self.phones[b_number], RING_TIMEOUT)]],
            },
            prompts={side: self._prompts(customer, elements, side) for side in "AB"},
            first="B" if params.get("direction") in (1, "1") else "A",
            duration=int(params.get("duration") or 0),
            url=params.get("callBackURL"),
        )
        call.description = params.get("callDescription") or ""
        call.recorded = params.get("recordEnable") not in (0, "0")
        self.calls.append(call)
        self._undone += [(call, *happened) for happened in call.look()]
        return call

    def _groups(self, elements):
        groups, open_group = [], False
        for each in sorted_elements(filter(is_queue, elements)):
            number = each["redirect_number"]
            entry = (number, self.phones[number], int(each.get("timeout", RING_TIMEOUT)))
            together = QUEUES[each["type"].lower()] == "ringall"
            if together and open_group:
                groups[-1].append(entry)
            else:
                groups.append([entry])
            open_group = together
        return groups

    def _prompts(self, customer, elements, side):
        total = 0
        for each in elements:
            if is_queue(each) or each["side"] != side:
                continue
            if each["type"].lower() == "text":
                total += max(LEAST_TEXT, len(each["value"]) // 15)
            else:
                name = each["value"].removesuffix(".wav")
                total += self.audio.get((customer, name), UNKNOWN_FILE)
        return total

    def advance(self, seconds):
        self._do(self._undone)
        self._undone = []
        end = self.now + seconds
        while self.now < end:
            self.now += 1
            running = [call for call in self.calls if not call.over]
            for call in running:
                call.second_passes()
                self._do((call, *happened) for happened in call.look())
            if not running:
                self.now = end

    def _do(self, timeline):
        for call, event, second in timeline:
            if event is None:
                left = self.balance(call.customer) - call.cost(self.tariff)
                self.balances[call.customer] = left
            elif call.url:
                self.delivered.append((call.id, event, second))

    def balance(self, customer):
        return self.balances.get(customer, self.start_balance)

    def info(self, customer, call_id):
        for call in self.calls:
            if call.id == call_id and call.customer == customer:
                return call.info(self.tariff)
        return "Call not found"


def is_queue(element):
    return element["type"].lower() in QUEUES


def side_of(element):
    return "A" if is_queue(element) else element["side"]
