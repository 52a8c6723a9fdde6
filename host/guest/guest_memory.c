// SPDX-License-Identifier: MIT
#include "guest/guest_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/say.h"

/* How much of it is below 4 GiB: QEMU decides that by the machine. */
static uint64_t low_bytes(const struct guest_options *o, uint64_t bytes)
{
	static const struct {
		uint64_t most, low; /* with more memory than `most`, only `low` is below */
	} rules[] = {
		[MACHINE_MICROVM] = {0xc0000000, 0xc0000000},
		[MACHINE_PC] = {0xe0000000, 0xc0000000},
		[MACHINE_Q35] = {0xb0000000, 0x80000000},
	};

	return bytes > rules[o->machine].most ? rules[o->machine].low : bytes;
}

int guest_memory_make(struct guest_memory *memory, const struct guest_options *o)
{
	uint64_t bytes = (o->memory_bytes + (1u << 20) - 1) & ~((1ull << 20) - 1);
	int fd = memfd_create("creance-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *data = MAP_FAILED;

	/* Sealed: an emulator that was taken over must not take from us what we have mapped. */
	if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED) {
		say("the guest's memory cannot be made (%s): give less with --memory",
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return STATUS_FAILED;
	}
	*memory = (struct guest_memory){fd, data, bytes, low_bytes(o, bytes)};
	return 0;
}

void guest_memory_free(struct guest_memory *memory)
{
	if (memory->data)
		munmap(memory->data, memory->bytes);
	if (memory->fd)
		close(memory->fd);
	*memory = (struct guest_memory){0};
}
