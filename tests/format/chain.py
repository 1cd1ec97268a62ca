"""Chain values: docs/format.md, "Chain values"; with blake3, which Python's standard library lacks."""

from types import SimpleNamespace

from read import BLOCK, KINDS, zigzag_of

# ---- blake3, of the paper: no key, 32 bytes

IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
MASK = 0xFFFFFFFF


def mix(v, a, b, c, d, x, y):
    v[a] = (v[a] + v[b] + x) & MASK
    v[d] = turned(v[d] ^ v[a], 16)
    v[c] = (v[c] + v[d]) & MASK
    v[b] = turned(v[b] ^ v[c], 12)
    v[a] = (v[a] + v[b] + y) & MASK
    v[d] = turned(v[d] ^ v[a], 8)
    v[c] = (v[c] + v[d]) & MASK
    v[b] = turned(v[b] ^ v[c], 7)


def turned(word, by):
    return word >> by | word << (32 - by) & MASK


def compress(chaining, block, counter, length, flags):
    m = [int.from_bytes(block[at : at + 4], "little") for at in range(0, 64, 4)]
    v = chaining + IV[:4] + [counter & MASK, counter >> 32, length, flags]
    for round_ in range(7):
        for k, (a, b, c, d) in enumerate([(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]):
            mix(v, a, b, c, d, m[2 * k], m[2 * k + 1])
        for k, (a, b, c, d) in enumerate([(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]):
            mix(v, a, b, c, d, m[8 + 2 * k], m[9 + 2 * k])
        m = [m[at] for at in PERMUTATION]
    return [v[at] ^ v[at + 8] for at in range(8)]


def node(data, counter, root):
    """The chaining value of a stretch of whole chunks, the last excepted."""
    if len(data) <= 1024:
        chaining = IV
        blocks = [data[at : at + 64] for at in range(0, len(data), 64)] or [b""]
        for at, block in enumerate(blocks):
            last = at == len(blocks) - 1
            flags = (CHUNK_START if at == 0 else 0) | (CHUNK_END | root if last else 0)
            chaining = compress(chaining, block.ljust(64, b"\0"), counter, len(block), flags)
        return chaining
    half = 1024
    while half * 2 < len(data):
        half *= 2
    words = node(data[:half], counter, 0) + node(data[half:], counter + half // 1024, 0)
    return compress(IV, b"".join(word.to_bytes(4, "little") for word in words), 0, 64, PARENT | root)


def blake3(data):
    return b"".join(word.to_bytes(4, "little") for word in node(data, 0, ROOT))


# ---- the canonical form

WHAT = ["insert", "delete", "set", "entry"]


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def cell(kind, *rest):
    if kind in ("null", "removed"):
        return bytes([0 if kind == "null" else 9])
    if kind == "bool":
        return bytes([1 + rest[0]])
    if kind == "int":
        return b"\3" + varint(zigzag_of(rest[0]))
    if kind == "float":
        return b"\4" + rest[0]
    if kind in ("string", "bytes"):
        data = rest[0].encode() if kind == "string" else rest[0]
        return bytes([5 if kind == "string" else 6]) + varint(len(data)) + data
    if kind == "opened":
        return bytes([7, KINDS.index(rest[0])]) + varint(rest[1])
    return bytes([8, KINDS.index(rest[0])])


class Chains:
    """The chain values of operations that are known."""

    def __init__(self, known):
        self.known, self.containers, self.values, self.begun = known, {}, {}, {}

    def resume(self, end):
        """Goes on after an operation that is not known itself."""
        (peer, seq), value = end["id"], end["value"]
        if end["way"]:
            container, kind, position = end["last"]
            last = SimpleNamespace(container=container, kind=kind, position=position)
            before = end["before"] or self.seed(peer)
            self.begun[peer] = seq, before, end["block"], last
            value = blake3(before + end["block"]) if (seq + 1) % BLOCK else before
        self.values[peer, seq] = value

    def seed(self, peer):
        return blake3(b"syncline chain 1" + peer.to_bytes(8, "little"))

    def mark(self, peer, seq):
        return self.value(peer, seq)[:4]

    def value(self, peer, seq):
        if (peer, seq) not in self.values:
            start = seq - seq % BLOCK
            last, before, block, _ = self.begun.get(peer, (-1, b"", b"", None))
            if last < start:
                before, block, last = self.value(peer, start - 1) if start else self.seed(peer), b"", start - 1
            forms = [block] + [self.form(peer, number) for number in range(last + 1, seq + 1)]
            self.values[peer, seq] = blake3(before + b"".join(forms))
        return self.values[peer, seq]

    def form(self, peer, seq):
        operation = self.known[peer, seq]
        before = self.before(peer, seq) if seq % BLOCK else None
        own = (peer, seq - 1)
        has_parents = operation.parents != ([own] if seq else [])
        # One that is not shown any more is no operation's of today.
        same = before is not None and before.container == operation.container
        if not has_parents and same and before.kind == operation.kind and not operation.joined:
            step = operation.position - before.position
            short = {("insert", 1): b"\1", ("delete", 0): b"\2", ("delete", -1): b"\3"}.get((operation.kind, step))
            if short:
                return short + self.content(operation)
        flags = 16 + WHAT.index(operation.kind) + 4 * operation.joined + 8 * has_parents + 32 * (not same)
        out = bytes([flags])
        if has_parents:
            out += varint(len(operation.parents))
            for parent in sorted(operation.parents):
                out += b"\0" if parent == own else b"\1" + self.value(*parent)
        if not same:
            out += self.container(operation.container)
        return out + varint(operation.position) + self.content(operation)

    def before(self, peer, seq):
        last, _, _, operation = self.begun.get(peer, (None,) * 4)
        return operation if seq - 1 == last else self.known[peer, seq - 1]

    def content(self, operation):
        content = operation.content
        if content is None:
            return b""
        if isinstance(content, str):
            return content.encode()
        if content[0] == "key":
            key = content[1].encode()
            return varint(len(key)) + key + cell(*content[2:])
        return cell(*content)

    def container(self, name):
        if name not in self.containers:
            way, kind, *rest = name
            kind = bytes([KINDS.index(kind)])
            if way == "root":
                data = b"\0" + kind + rest[0].encode()
            elif way == "made":
                data = b"\2" + kind + rest[0].to_bytes(8, "little") + rest[1].to_bytes(4, "little")
            else:
                parent, key, generation = rest
                data = b"\1" + kind + self.container(parent) + generation.to_bytes(4, "little") + key.encode()
            self.containers[name] = blake3(data)[:16]
        return self.containers[name]
