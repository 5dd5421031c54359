/*
 * Filters of captures: classic BPF, what tcpdump compiles its expressions to.
 *
 * A program comes from a client, so it is checked before it is taken, by the rules of the kernel
 * (bpf_check_classic()): known instructions, jumps forward and within it, slots that there are, no
 * division by zero, a return at its end. Such a program ends.
 *
 * A burst is run in lockstep: each instruction for all frames that are at it, as jumps go forward
 * only. So the cost of finding out what an instruction does is shared by the burst. What is loaded
 * from beyond a frame's end rejects it, as in the kernel. A frame's bytes behind its head are its
 * guest's and may change meanwhile: each load reads them once, and nothing else depends on them.
 */
#ifndef BPF_H
#define BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

#define BPF_MOST 512

struct bpf;
struct frame;

/* Why it is none, at which instruction; NULL: it is fine. */
const char *
bpf_problem(const struct sock_filter *program, size_t n, size_t *at);

/* A program without a problem, to be run; NULL: no memory. */
struct bpf *
bpf_create(const struct sock_filter *program, size_t n);
void
bpf_destroy(struct bpf *bpf);

/*
 * Runs it for those of up to BURST frames whose bits are set. have: so many bytes each head is
 * known to have, 0: perhaps none. Returns which it takes; `kept` has how many bytes of each of
 * these, not 0.
 */
uint32_t
bpf_run(const struct bpf *bpf, const struct frame *const *frames, uint32_t which, uint32_t have,
	uint32_t *kept);

#endif
