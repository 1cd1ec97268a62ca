#!/usr/bin/env python3
"""Runs the second reader over test vectors: check.py VECTORS

For each it prints a line of JSON of what it read; exit 1 if that is not what stands beside the vector. Marks are held
against chain values of its own, and where the history is one without concurrency, it is replayed as plainly as can be.
"""

import json
import struct
import sys
from pathlib import Path

from chain import Chains, blake3, original
from read import BLOCK, SEGMENTS, Elements, PackageMissing, Refused, Taken, has_restores, read_file

# The key at which a map holds what was moved to the element of a list that it stands for.
SEAT = "\0here"
EMPTY = {"map": dict, "counter": lambda: 0}


def is_sequential(operations):
    """Whether every operation follows the one before, whoever made it."""
    ids = [(operation.peer, operation.seq) for operation in operations]
    before = [[]] + [[id_] for id_ in ids[:-1]]
    return all(operation.parents == parents for operation, parents in zip(operations, before))


class Replay:
    """A document to which operations are done one after another."""

    def __init__(self, operations, shown=None, away=()):
        operations = list(operations)
        self.come_back, self.taken, self.writes = has_restores(operations), Taken(), {}
        self.states = {name: self.begun(state) for name, state in (shown or {}).items()}
        self.marks = {}
        # Containers that were moved: by which operations, and to which maps. Those of what is shown are done.
        self.moves, self.made_in, self.away = [], {}, set(away)
        # Elements of lists that something was moved to, by the maps that stand for them.
        self.seats = {}
        self.stood = {
            value[1]: (here, name)
            for name, state in self.states.items()
            for value, here in (state.values() if isinstance(state, dict) else [])
            if value[0] == "moved"
        }
        for name, (by, to) in self.stood.items():
            self.seat(name, by, to, next(key for key, (_, here) in self.states[to].items() if here == by))
        for operation in operations:
            self.do(operation)

    def begun(self, state):
        """What a snapshot shows, as it stands here."""
        if isinstance(state, (str, list)):
            elements = self.elements()
            for at, element in enumerate(state):
                elements.insert(at, (element, None) if isinstance(state, str) else element)
            return elements
        return dict(state) if isinstance(state, dict) else state

    def elements(self):
        return Elements(self.come_back)

    def do(self, operation):
        container = operation.container
        state = self.states.setdefault(container, self.empty(container))
        at, content = operation.position, operation.content
        here = operation.peer, operation.seq
        self.made_in[here] = container
        if operation.kind == "insert":
            assert at <= len(state.shown)
            state.insert(at, (content, here), here)
            self.move_marks(container, lambda end: (end[0] + 1, end[1]) if end > (at, 0) else end)
        elif operation.kind == "delete":
            state.delete(at, here)
            self.move_marks(container, lambda end: (end[0] - (end[0] > at), 1 if end[0] == at + 1 else end[1]))
        elif operation.kind == "restore":
            self.restore(container, content[1:], here)
        elif operation.kind == "mark":
            _, length, expansion, key, *value = content
            assert at + length <= len(state.shown)
            ends = (at, 0 if expansion & 1 else 1), (at + length, 1 if expansion & 2 else 0)
            self.marks.setdefault(container, []).append((here, key, tuple(value), expansion, *ends))
        elif operation.kind == "set":
            state.set(at, (content, here), here)
        elif operation.kind == "move":
            state.move(at, content[1], here)
        elif container[1] == "counter":
            self.states[container] = state + content[1]
        else:
            self.writes.setdefault(container, []).append((here, content[1], content[2:]))
            if content[2] == "moved":
                self.moves.append((content[3], here, container))
                self.seat(content[3], here, container, content[1])
            self.write(state, content[1], content[2:], here)

    def seat(self, name, by, to, key):
        if key == SEAT:
            self.seats.setdefault(to, []).append((name, by))

    def there(self, value, here):
        """What an element of a list shows; nothing where that stands elsewhere."""
        if value[0] != "made":
            return value
        name, stands = self.named(value, here, None), self.standing()
        if name in stands or name in self.away:
            return None
        if name not in self.seats:
            return value
        seated = [one for one, by in self.seats[name] if stands.get(one, (None, None))[0] == by]
        return ("moved", seated[0]) if seated else None

    def write(self, state, key, value, here):
        if value[0] == "removed":
            del state[key]
        else:
            state[key] = value, here

    def is_there(self, value, here, place):
        """Whether a key shows what was written to it, which may have been moved elsewhere."""
        if value[0] == "moved":
            name = value[1]
        elif value[0] in ("opened", "made"):
            name = self.named(value, here, place)
        else:
            return True
        by = self.standing().get(name, (None, None))[0]
        return by == (here if value[0] == "moved" else None)

    def standing(self):
        """Containers that stand elsewhere than first: what moved them, and the maps they are in."""
        stands = dict(self.stood)
        for name, by, to in self.moves:
            if self.taken.counts(by) and self.may_stand_in(to, name, stands):
                stands[name] = by, to
        return stands

    def may_stand_in(self, around, name, stands):
        """Whether it would not be within itself, nor what was moved within more than 128 others."""
        to, ways = self.way_up(around, stands), [self.way_up(inner, stands) for inner in stands]
        below = max((way.index(name) for way in ways if name in way), default=0)
        return name not in to and len(to) + below <= 128

    def way_up(self, name, stands):
        """A container, the one around it, and so on to the root."""
        way = []
        while name is not None:
            way.append(name)
            first = {"child": name[2], "made": self.made_in.get(name[2:])}.get(name[0])
            name = stands.get(name, (None, first))[1]
        return way

    def named(self, value, here, place):
        kind, *rest = value
        if kind == "moved":
            return rest[0]
        return ("child", rest[0], *place, rest[1]) if kind == "opened" else ("made", rest[0], *here)

    def restore(self, container, target, here):
        state = self.states[container]
        if container[1] != "map":
            return state.restore(target, here)
        self.taken.add(target, here)
        state.clear()
        for by, key, value in self.writes[container]:
            if self.taken.counts(by):
                state.pop(key, None) if value[0] == "removed" else self.write(state, key, value, by)

    def empty(self, name):
        return self.elements() if name[1] in ("text", "list") else EMPTY[name[1]]()

    def move_marks(self, container, move):
        """Moves where marks begin and end, of which each is loose, or holds to what is before it."""
        marks = self.marks.get(container, [])
        self.marks[container] = [(*mark, move(start), move(end)) for *mark, start, end in marks]

    def json(self):
        roots = [name for name in self.states if name[0] == "root"]
        return {name[2]: self.container(name) for name in roots}

    def container(self, name):
        state = self.states.get(name, self.empty(name))
        if name[1] == "counter":
            return state
        if name[1] == "text":
            return "".join(element.value[0] for element in state.shown)
        if name[1] == "list":
            there = ((self.there(*element.value), element.value[1]) for element in state.shown)
            return [self.value(value, here, None) for value, here in there if value]
        return {
            key: self.value(value, here, (name, key))
            for key, (value, here) in state.items()
            if self.is_there(value, here, (name, key))
        }

    def value(self, value, here, place):
        kind, *rest = value
        if kind in ("opened", "made", "moved"):
            return self.container(self.named(value, here, place))
        if kind == "float":
            number = struct.unpack("<d", rest[0])[0]
            return number if number == number else None
        if kind == "bytes":
            return list(rest[0])
        return rest[0] if rest else None


READ = {}


def read_vector(path):
    """What a vector says, its deltas, and what is known with it; what it builds on is read first."""
    if path not in READ:
        said = json.loads(path.with_suffix(".json").read_text("utf-8"))
        known = dict(read_vector(path.with_name(said["base"] + ".bin"))[2]) if said["base"] else {}
        READ[path] = said, read_file(path.read_bytes(), known), known
    return READ[path]


def ends_of(delta):
    return [end["id"] for end in delta.ends[0]] if delta.ends else []


def check_ends(delta, chains):
    """Holds how a snapshot's chains go on against chain values and forms of our own."""
    if not delta.is_seen:
        return
    for end in (end for ends in delta.ends or [] for end in ends):
        peer, seq = end["id"]
        if end["id"] not in chains.known:
            continue
        assert end["value"] in (None, chains.value(peer, seq)), f"the value of {seq}@{peer}"
        if end["way"]:
            before, block = chains.goes_on(peer, seq)
            is_told = end["way"] == 2 or seq + 1 >= BLOCK
            assert end["before"] == (before if is_told else None), f"the value before {seq}@{peer}"
            assert end["block"] == block, f"the block of {seq}@{peer}"


def check(path):
    said, deltas, known = read_vector(path)
    ready, counts, shown = {}, {}, None
    before = [id_ for delta in deltas[:1] for id_ in ends_of(delta) if delta.is_shallow]
    if before:
        counts, shown = deltas[0].counts, deltas[0].shown
    # What waits for something is not part of the document.
    for id_, operation in known.items():
        if not operation.is_end and all(parent in ready or parent in before for parent in operation.parents):
            ready[id_] = operation
    version, followed = dict(counts), set()
    for (peer, seq), operation in ready.items():
        version[peer] = version.get(peer, 0) + 1
        followed.update(operation.parents)
    frontier = sorted(id_ for id_ in [*before, *ready] if id_ not in followed)
    found = {
        "operations": sum(version.values()),
        "version": {str(peer): count for peer, count in version.items()},
        "frontier": [f"{seq}@{peer}" for peer, seq in frontier],
    }
    chains, marks = Chains(ready), 0
    for (peer, seq), operation in ready.items():
        if peer in SEGMENTS and seq == 0 and all(delta.is_seen for delta in deltas):
            (of, start), value = original(peer, 0), chains.value(peer, 0)
            name = b"syncline alias 1" + of.to_bytes(8, "little") + start.to_bytes(4, "little") + value
            assert int.from_bytes(blake3(name)[:8], "little") == peer, f"the id of the segment {peer}"
    for end in (end for ends in deltas[0].ends or [] for end in ends if deltas[0].is_shallow):
        chains.resume(end)
    for (peer, seq), mark in (mark for delta in deltas for mark in delta.marks):
        if (peer, seq) in ready:
            assert chains.mark(peer, seq) == mark, f"the mark of {seq}@{peer}"
            marks += 1
    for delta in deltas:
        check_ends(delta, chains)
        # A snapshot alone shows the document.
        if delta.shown is not None and len(deltas) == 1:
            assert Replay([], delta.shown, delta.away).json() == said["document"], "what it shows"
    replayed = not before and is_sequential(list(ready.values()))
    if replayed or (before and len(ready) < 2):
        replay = Replay(ready.values(), shown, deltas[0].away if before else ())
        found["document"] = replay.json()
        # Where text came back, this replay does not know where marks end.
        told = replayed and len(deltas) == 1 and not has_restores(ready.values())
        for name, standing in (deltas[0].marked if told else {}).items():
            assert sorted(standing) == sorted(replay.marks.get(name, [])), f"the marks of {name}"
    for key, value in found.items():
        assert said[key] == value, f"{key}: {value}, and not {said[key]}"
    return {
        "vector": path.stem,
        "frames": [
            {
                "name": delta.name,
                "runs": delta.runs,
                "operations": len(delta.operations),
                "marks": len(delta.marks),
                "stretches": {name: counts for name, counts in sorted(delta.stretches.items())},
                "peers": {str(peer): counts for peer, counts in delta.peers.items()},
            }
            for delta in deltas
        ],
        "marks_checked": marks,
        "replayed": replayed,
    }


def main(arguments):
    assert blake3(b"").hex().startswith("af1349b9f5f9a1a6a0404dea36dcc949")
    wrong = 0
    for path in sorted(Path(arguments[0]).glob("*.bin")):
        try:
            print(json.dumps(check(path)))
        except (AssertionError, Refused) as error:
            print(f"{path}: {error}", file=sys.stderr)
            wrong = 1
        except PackageMissing as error:
            print(error, file=sys.stderr)
            return 3
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
