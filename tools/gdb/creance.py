# SPDX-License-Identifier: MIT
"""gdb commands for the kernel: `creance debug` loads this file. `help creance` lists them.

What a command shows is read from the stopped guest's memory with the kernel's own debug information, so
there is no second description of any structure here; a field that is renamed gives gdb's error for it.
The exceptions are marked: the registers that switch.S leaves on a thread's stack, the log's ring, and the
CPU's page-table entries.
"""

import gdb


def kernel_type(name):
    return gdb.lookup_type(name)


def symbol(name, file=None):
    """A variable of the kernel, static ones too; with a file where several have it."""
    if file:
        return gdb.parse_and_eval("'%s'::%s" % (file, name))
    found = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
    if found is None:
        raise gdb.GdbError("the kernel has no variable '%s': is this the right image?" % name)
    return found.value()


def containing(pointer, type_name, field):
    """container_of: the structure that @pointer's target stands in, as its field @field."""
    struct = kernel_type(type_name)
    offset = int(gdb.Value(0).cast(struct.pointer())[field].address)
    return (pointer.cast(kernel_type("char").pointer()) - offset).cast(struct.pointer()).dereference()


def nr_cpus():
    return len(gdb.selected_inferior().threads())


def on_each_cpu(name, file=None):
    """Each CPU's own of a variable that PERCPU() defines (kernel/arch/arch_percpu.h)."""
    boot, offsets = symbol(name, file), symbol("percpu_offsets")
    places = [int(boot.address) + int(offsets[cpu]) for cpu in range(nr_cpus())]
    return [gdb.Value(place).cast(boot.type.pointer()).dereference() for place in places]


def cpu_areas():
    return on_each_cpu("area", "percpu.c")


def nodes_in_order(root):
    """The nodes of a red-black tree, from left to right."""
    path, node = [], root["node"]
    while path or node:
        while node:
            path.append(node)
            node = node["left"]
        node = path.pop()
        yield node
        node = node["right"]


def user_threads():
    """Every thread of every process, as struct thread, by the table of numbers."""
    table = symbol("pid_hash")
    low, high = table.type.range()
    for bucket in range(low, high + 1):
        node = table[bucket]["first"]
        while node:
            pid = containing(node, "struct pid", "hash_node")
            if pid["thread"]:
                yield pid["thread"]["thread"]
            node = node["next"]


def kernel_threads():
    """The kernel's own threads, without those of idle CPUs."""
    head = symbol("kernel_threads", "thread.c")
    node = head["next"]
    while int(node) != int(head.address):
        yield containing(node, "struct thread", "kernel_node")
        node = node["next"]


def user_thread_of(pid):
    """A thread of process @pid that has an address space."""
    for thread in user_threads():
        if int(thread["process"]["pid"]["number"]) == pid and thread["vm"]:
            return thread
    raise gdb.GdbError("no process with an address space has the number %d: 'ps' lists them" % pid)


def all_threads():
    """(struct thread, struct process or None), sorted by tid; the kernel's own first."""
    found = [(thread, None) for thread in [*on_each_cpu("idle_thread", "thread.c"), *kernel_threads()]]
    users = [(thread, thread["process"].dereference()) for thread in user_threads()]
    return found + sorted(users, key=lambda pair: int(pair[0]["tid"]))


def state_name(thread):
    name = str(thread["state"].cast(kernel_type("enum thread_state")))
    return name.replace("THREAD_", "").lower().replace("_", " ")


def thread_name(thread):
    # A program may call itself anything: nothing of it commands the terminal.
    name = thread["name"].string(errors="replace")
    return "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in name)


def running_on(thread):
    """The number of the CPU whose current thread it is, or None."""
    for cpu, area in enumerate(cpu_areas()):
        if int(area["current"]) == int(thread.address):
            return cpu
    return None


class SavedRegisters:
    """While it is entered, the selected CPU's registers are those of a thread that does not run.

    switch.S pushes bx bp r12 r13 r14 r15 on top of the return address and keeps the stack pointer.
    """

    order = ("r15", "r14", "r13", "r12", "rbp", "rbx", "rip")

    def __init__(self, thread):
        self.sp = int(thread["arch"]["kernel_sp"])

    def __enter__(self):
        names = self.order + ("rsp",)
        gdb.selected_frame()
        gdb.newest_frame().select()
        self.before = {name: int(gdb.parse_and_eval("(unsigned long)$" + name)) for name in names}
        memory = gdb.selected_inferior().read_memory(self.sp, 8 * len(self.order)).tobytes()
        values = {
            name: int.from_bytes(memory[8 * i : 8 * i + 8], "little") for i, name in enumerate(self.order)
        }
        values["rsp"] = self.sp + 8 * len(self.order)
        self.put(values)

    def __exit__(self, *error):
        gdb.newest_frame().select()
        self.put(self.before)

    @staticmethod
    def put(values):
        # The stack pointer first: gdb finds the frame again after each.
        for name in sorted(values, key=lambda n: n != "rsp"):
            gdb.execute("set $%s = %d" % (name, values[name]), to_string=True)


def backtrace():
    """What gdb prints, up to where the kernel was entered: below that is what the program left there."""
    lines = gdb.execute("bt", to_string=True).splitlines()
    known = [at for at, line in enumerate(lines) if " in ?? ()" in line]
    return "\n".join(lines[: known[0] if known and known[0] else len(lines)]) + "\n"


def stack_of(thread):
    """The backtrace of a thread, whether it runs or not."""
    cpu = running_on(thread)
    if cpu is not None:
        selected = gdb.selected_thread()
        try:
            for stub_thread in gdb.selected_inferior().threads():
                if stub_thread.num == cpu + 1:
                    stub_thread.switch()
            return backtrace()
        finally:
            selected.switch()
    with SavedRegisters(thread):
        return backtrace()


class Creance(gdb.Command):
    """Commands that know the Creance kernel. Where the list has two names, either may be typed."""

    def __init__(self):
        super().__init__("creance", gdb.COMMAND_USER, prefix=True)


class Threads(gdb.Command):
    """List the threads, and where each one is.

    threads     (or: creance threads)

    Number, process, CPU, state, name, kernel stack pointer, and the address of its struct thread."""

    def __init__(self):
        super().__init__("creance threads", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        row = "%6s %6s %4s %-18s %-16s %-18s %s"
        print(row % ("tid", "pid", "cpu", "state", "name", "stack pointer", "struct thread"))
        for thread, process in all_threads():
            pid = str(int(process["pid"]["number"])) if process is not None else "-"
            cpu = running_on(thread)
            print(
                row
                % (
                    int(thread["tid"]),
                    pid,
                    "*%d" % cpu if cpu is not None else str(int(thread["cpu"])),
                    state_name(thread),
                    thread_name(thread),
                    "%#x" % int(thread["arch"]["kernel_sp"]) if cpu is None else "running",
                    "%#x" % int(thread.address),
                )
            )


class Stacks(gdb.Command):
    """Print the kernel stack of one thread, or of all.

    bt-all [TID]     (or: creance stacks [TID])"""

    def __init__(self):
        super().__init__("creance stacks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = int(argument, 0) if argument.strip() else None
        shown = 0
        for thread, _ in all_threads():
            if wanted is not None and int(thread["tid"]) != wanted:
                continue
            shown += 1
            print("thread %d (%s), %s" % (int(thread["tid"]), thread_name(thread), state_name(thread)))
            try:
                print(stack_of(thread))
            except gdb.error as error:
                print("  not readable: %s\n" % error)
        if not shown:
            raise gdb.GdbError("no thread has the number %s; 'threads' lists them" % argument)


class Processes(gdb.Command):
    """List the processes.

    ps     (or: creance processes)

    Number, parent, group, session, threads, state, name."""

    def __init__(self):
        super().__init__("creance processes", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        seen = {}
        for thread in user_threads():
            process = thread["process"].dereference()
            seen.setdefault(int(process.address), (process, thread))
        print("%6s %6s %6s %6s %7s %-10s %s" % ("pid", "ppid", "pgrp", "sid", "threads", "state", "name"))
        for process, thread in sorted(seen.values(), key=lambda pair: int(pair[0]["pid"]["number"])):
            parent = process["tree"]["parent"]
            parent_number = int(parent["pid"]["number"]) if parent else 0
            print(
                "%6d %6d %6d %6d %7d %-10s %s"
                % (
                    int(process["pid"]["number"]),
                    parent_number,
                    int(process["job"]["group"]["number"]),
                    int(process["job"]["session"]["number"]),
                    int(process["threads"]["nr"]),
                    str(process["tree"]["state"]).replace("PROCESS_", "").lower(),
                    thread_name(thread),
                )
            )


class Current(gdb.Command):
    """Print the thread that runs on each CPU.

    creance current

    With its preemption count and the address of its struct thread."""

    def __init__(self):
        super().__init__("creance current", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for cpu, area in enumerate(cpu_areas()):
            thread = area["current"].dereference()
            print(
                "CPU %d: thread %d (%s), preempt_count %#x, (struct thread *)%#x"
                % (
                    cpu,
                    int(thread["tid"]),
                    thread_name(thread),
                    int(area["preempt_count"]),
                    int(thread.address),
                )
            )


class Areas(gdb.Command):
    """List what a process has mapped.

    vmmap PID     (or: creance vmmap PID)

    Range, permissions, kind."""

    def __init__(self):
        super().__init__("creance vmmap", gdb.COMMAND_DATA)

    @staticmethod
    def kind(area):
        flags = int(area["flags"])
        names = [name for name in ("VM_STACK", "VM_BRK", "VM_VDSO") if flags & int(gdb.parse_and_eval(name))]
        kind = names[0][3:].lower() if names else "file" if area["backing"] else "anonymous"
        return kind + (", from page %d" % int(area["object_index"]) if area["object"] else "")

    def invoke(self, argument, from_tty):
        if not argument.strip():
            raise gdb.GdbError("whose? vmmap PID; 'ps' lists the processes")
        vm = user_thread_of(int(argument, 0))["vm"].dereference()
        shared = int(gdb.parse_and_eval("VM_SHARED"))
        for node in nodes_in_order(vm["areas"]):
            area = containing(node, "struct vm_area", "node")
            protection = int(area["protection"])
            print(
                "%016x-%016x %s%s %s"
                % (
                    int(area["start"]),
                    int(area["end"]),
                    "".join(c if protection & bit else "-" for bit, c in ((1, "r"), (2, "w"), (4, "x"))),
                    "s" if int(area["flags"]) & shared else "p",
                    self.kind(area),
                )
            )
        print("%d areas, %d pages resident" % (int(vm["nr_areas"]), int(vm["resident_pages"])))


class Entries(gdb.Command):
    """Walk the page tables for an address.

    pte ADDRESS [PID]     (or: creance pte ADDRESS [PID])

    Each level's entry and what it says; without PID, of the address space that the CPU has loaded."""

    # SDM 3A 4.5.
    FLAGS = ((0, "present"), (1, "write"), (2, "user"), (3, "write-through"), (4, "uncached"), (5, "accessed"))
    FLAGS += ((6, "dirty"), (7, "large"), (8, "global"), (63, "no-execute"))
    ADDRESS = 0x000FFFFFFFFFF000
    LEVELS = ("page table", "directory", "directory pointers", "root")

    def __init__(self):
        super().__init__("creance pte", gdb.COMMAND_DATA)

    @classmethod
    def words(cls, entry):
        names = [name for bit, name in cls.FLAGS if entry >> bit & 1]
        return "frame %#x: %s" % (entry & cls.ADDRESS, " ".join(names)) if entry & 1 else "%#x: nothing there" % entry

    def invoke(self, argument, from_tty):
        given = gdb.string_to_argv(argument)
        if not 1 <= len(given) <= 2:
            raise gdb.GdbError("which address? pte ADDRESS [PID]")
        address = int(gdb.parse_and_eval(given[0]).cast(kernel_type("unsigned long"))) & (1 << 64) - 1
        if len(given) == 2:
            root = int(user_thread_of(int(given[1], 0))["pagetable"]["root"])
        else:
            root = int(gdb.parse_and_eval("(unsigned long)$cr3")) & self.ADDRESS
        table = root
        for level in (3, 2, 1, 0):
            index = address >> (12 + 9 * level) & 511
            # Physical memory, which only the emulator can show.
            said = gdb.execute("monitor xp /1gx %#x" % (table + 8 * index), to_string=True)
            entry = int(said.split(":")[1], 0)
            print("%-18s at %#011x, entry %3d: %s" % (self.LEVELS[level], table, index, self.words(entry)))
            if not entry & 1:
                return
            table = entry & self.ADDRESS
            if level == 0 or entry >> 7 & 1:
                within = address & (1 << (12 + 9 * level)) - 1
                print("%#x is physical %#x" % (address, (table & ~((1 << (12 + 9 * level)) - 1)) + within))
                return


class TrapFrame(gdb.Command):
    """Print a program's registers at its trap.

    trapframe [TID]     (or: creance trapframe [TID])

    Those with which thread TID entered the kernel, or the one that runs. A system call saves
    at first only what its function may destroy (entry_syscall.S): registers in parentheses may not be
    in the frame yet; those that C functions preserve are in the stack's frames ('bt-all TID')."""

    LATER = ("r15", "r14", "r13", "r12", "bp", "bx", "r11", "ax", "cx", "cs", "ss")

    def __init__(self):
        super().__init__("creance trapframe", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = int(argument, 0) if argument.strip() else None
        for thread, process in all_threads():
            mine = int(thread["tid"]) == wanted if wanted is not None else running_on(thread) is not None
            if not mine:
                continue
            if process is None:
                raise gdb.GdbError("%s is the kernel's own and never was in a program" % thread_name(thread))
            # A thread's kernel stack begins with it: thread_arch.c.
            frame_type = kernel_type("struct trap_frame")
            address = int(thread["kernel_stack_top"]) - frame_type.sizeof
            frame = gdb.Value(address).cast(frame_type.pointer()).dereference()
            print("thread %d (%s), frame at %#x" % (int(thread["tid"]), thread_name(thread), address))
            in_call = int(frame["original_ax"]) < 1 << 32
            values = []
            for field in frame_type.fields():
                form = "%12s (%016x)" if in_call and field.name in self.LATER else "%12s  %016x "
                values.append(form % (field.name, int(frame[field.name])))
            for at in range(0, len(values), 3):
                print(" ".join(values[at : at + 3]))
            return
        raise gdb.GdbError("there is no such thread; 'threads' lists them")


class Locks(gdb.Command):
    """List the locks that are held (debug kernel).

    locks     (or: creance locks)

    Spinlocks by CPU, mutexes by thread."""

    def __init__(self):
        super().__init__("creance locks", gdb.COMMAND_DATA)

    @staticmethod
    def show(whose, held):
        table = symbol("lock_class_table")
        for i in range(int(held["count"])):
            lock = held["locks"][i]
            name = table[int(lock["class"])]["name"].string()
            print("%-24s %-16s %#x" % (whose, name, int(lock["lock"])))

    def invoke(self, argument, from_tty):
        try:
            by_cpu = on_each_cpu("cpu_held", "lockcheck.c")
        except gdb.error:
            raise gdb.GdbError("this kernel does not note who holds what: use the debug kernel")
        for cpu, held in enumerate(by_cpu):
            self.show("CPU %d" % cpu, held)
        for thread, _ in all_threads():
            self.show("thread %d (%s)" % (int(thread["tid"]), thread_name(thread)), thread["held"])


class Log(gdb.Command):
    """Print the end of the kernel's log.

    creance log [LINES]     (default 40)

    It is kept even when the console is quiet."""

    def __init__(self):
        super().__init__("creance log", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        lines = int(argument, 0) if argument.strip() else 40
        written = int(gdb.parse_and_eval("'log.c'::ring_written"))
        ring = gdb.parse_and_eval("'log.c'::ring")
        size = ring.type.sizeof
        memory = gdb.selected_inferior().read_memory(int(ring.address), size).tobytes()
        if written > size:
            at = written % size
            text = memory[at:] + memory[:at]
        else:
            text = memory[:written]
        for line in text.decode(errors="replace").splitlines()[-lines:]:
            print(line)


for command in (Creance, Threads, Stacks, Processes, Current, Areas, Entries, TrapFrame, Locks, Log):
    command()

# The short names, where gdb has no command of that name.
for short, command in (
    ("threads", "threads"),
    ("bt-all", "stacks"),
    ("ps", "processes"),
    ("vmmap", "vmmap"),
    ("pte", "pte"),
    ("trapframe", "trapframe"),
    ("locks", "locks"),
):
    gdb.execute("alias %s = creance %s" % (short, command))

gdb.execute("set pagination off")
gdb.execute("set print pretty on")
