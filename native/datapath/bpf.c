#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>

#include "bpf_step.h"

#include "../ring/chain.h"
#include "../ring/ring.h"

/* The bytes of a frame that are not in its head; false: it has not so many. */
static __attribute__((noinline)) bool
load_behind(const struct frame *frame, uint64_t at, uint32_t size, uint32_t *value)
{
	const struct ring_segment *segment = frame->segments;
	const struct ring_segment *end = segment + frame->n_segments;
	uint64_t begin = frame->head_length;
	uint32_t sum = 0;

	if (at + size > frame->length)
		return false;
	for (uint32_t i = 0; i < size; i++, at++) {
		if (at < frame->head_length) {
			sum = sum << 8 | frame->head[at];
			continue;
		}
		while (segment < end && at - begin >= segment->length)
			begin += segment++->length;
		if (segment == end)
			return false;
		sum = sum << 8 | READ_ONCE(segment->from[at - begin]);
	}
	*value = sum;
	return true;
}

static inline bool
load(const struct frame *frame, uint64_t at, uint32_t size, uint32_t *value)
{
	uint32_t word;
	uint16_t half;

	if (unlikely(at + size > frame->head_length))
		return load_behind(frame, at, size, value);
	switch (size) {
	case 4:
		memcpy(&word, frame->head + at, sizeof(word));
		*value = rte_be_to_cpu_32(word);
		return true;
	case 2:
		memcpy(&half, frame->head + at, sizeof(half));
		*value = rte_be_to_cpu_16(half);
		return true;
	default:
		*value = frame->head[at];
		return true;
	}
}

/* What is done to each of the frames whose bits are set; i is its number. */
#define EACH_OF(which)                                                                             \
	for (uint32_t left = (which), i; left && (i = (uint32_t)__builtin_ctz(left), true);        \
		left &= left - 1)

struct machine {
	const struct frame *const *frames;
	uint32_t *kept;
	uint32_t taken;
	union {
		struct {
			uint32_t a[BURST], x[BURST];
			uint32_t kept_words[BPF_MEMWORDS][BURST];
		};
		uint8_t memory[(2 + BPF_MEMWORDS) * BURST * sizeof(uint32_t)];
	};
	/* By step: the frames that are at it. */
	uint32_t at[BPF_MOST];
};

/* Returns those whose bytes are not there. */
static uint32_t
run_load(struct machine *machine, const struct step *step, uint32_t which)
{
	uint32_t size = size_of(step->code), gone = 0, value;
	bool indirect = BPF_MODE(step->code) == BPF_IND;

	EACH_OF (which) {
		uint64_t at = (uint64_t)step->k + (indirect ? machine->x[i] : 0);

		if (load(machine->frames[i], at, size, &value))
			machine->a[i] = value;
		else
			gone |= 1u << i;
	}
	return gone;
}

/* Likewise: four times the lower half of a byte, as an IPv4 header says its length. */
static uint32_t
run_load_length(struct machine *machine, const struct step *step, uint32_t which)
{
	uint32_t gone = 0, value;

	EACH_OF (which) {
		if (load(machine->frames[i], step->k, 1, &value))
			machine->x[i] = (value & 0xf) * 4;
		else
			gone |= 1u << i;
	}
	return gone;
}

/* Likewise: those that are divided by zero. */
static uint32_t
run_sum(struct machine *machine, const struct step *step, uint32_t which)
{
	bool constant = BPF_SRC(step->code) == BPF_K;
	uint32_t gone = 0;

	EACH_OF (which) {
		uint32_t b = constant ? step->k : machine->x[i], *a = &machine->a[i];

		switch (BPF_OP(step->code)) {
		case BPF_ADD:
			*a += b;
			break;
		case BPF_SUB:
			*a -= b;
			break;
		case BPF_MUL:
			*a *= b;
			break;
		case BPF_DIV:
			gone |= (uint32_t)!b << i;
			*a = b ? *a / b : 0;
			break;
		case BPF_MOD:
			gone |= (uint32_t)!b << i;
			*a = b ? *a % b : 0;
			break;
		case BPF_AND:
			*a &= b;
			break;
		case BPF_OR:
			*a |= b;
			break;
		case BPF_XOR:
			*a ^= b;
			break;
		case BPF_LSH:
			*a <<= b % 32;
			break;
		case BPF_RSH:
			*a >>= b % 32;
			break;
		default:
			*a = -*a;
		}
	}
	return gone;
}

/* Those that a comparison is true of. */
static uint32_t
run_compare(const struct machine *machine, const struct step *step, uint32_t which)
{
	bool constant = BPF_SRC(step->code) == BPF_K;
	uint32_t yes = 0;

	EACH_OF (which) {
		uint32_t a = machine->a[i], b = constant ? step->k : machine->x[i];
		bool is = BPF_OP(step->code) == BPF_JEQ   ? a == b
			  : BPF_OP(step->code) == BPF_JGT ? a > b
			  : BPF_OP(step->code) == BPF_JGE ? a >= b
							  : (a & b) != 0;

		yes |= (uint32_t)is << i;
	}
	return yes;
}

/* The bytes that a LOAD_AND_COMPARE is about, as they are in a frame's head. */
static __rte_always_inline uint32_t
word_at(const struct frame *frame, uint32_t at, const uint8_t size)
{
	uint32_t word = 0;

	memcpy(&word, frame->head + at, size);
	return word;
}

/*
 * LOAD_AND_COMPARE, of the first n frames, all of whose heads have the bytes, if nobody needs A:
 * three instructions a frame.
 */
static __rte_always_inline uint32_t
compare_first(
	const struct frame *const *frames, uint32_t n, const struct step *step, const uint8_t size)
{
	const uint32_t want = step->want, at = step->k;
	uint32_t yes = 0;

#define IS(i) unlikely(word_at(next[i], at, size) == want)
	for (const struct frame *const *next = frames, *const *end = frames + n; next < end;
		next++) {
		while (next + 4 <= end && !(IS(0) || IS(1) || IS(2) || IS(3)))
			next += 4;
		if (next < end && IS(0))
			yes |= 1u << (next - frames);
	}
#undef IS
	return yes;
}

static __attribute__((noinline)) uint32_t
run_compare_first(const struct frame *const *frames, uint32_t n, const struct step *step)
{
	switch (step->size) {
	case 4:
		return compare_first(frames, n, step, 4);
	case 2:
		return compare_first(frames, n, step, 2);
	default:
		return compare_first(frames, n, step, 1);
	}
}

/* The same of any frames; those that have not the bytes are gone. */
static uint32_t
run_compare_any(struct machine *machine, const struct step *step, uint32_t which, uint32_t *gone)
{
	uint32_t yes = 0;

	EACH_OF (which) {
		if (load(machine->frames[i], step->k, step->size, &machine->a[i]))
			yes |= (uint32_t)(machine->a[i] == step->wanted) << i;
		else
			*gone |= 1u << i;
	}
	return yes;
}

/* Whether the heads of the first n frames have so many bytes. */
static inline bool
all_have(const struct frame *const *frames, uint32_t n, uint32_t bytes)
{
	const struct frame *const *end = frames + n;

#define IS(i) unlikely(frames[i]->head_length < bytes)
	for (; frames + 4 <= end; frames += 4)
		if (IS(0) || IS(1) || IS(2) || IS(3))
			return false;
	for (; frames < end; frames++)
		if (IS(0))
			return false;
#undef IS
	return true;
}

static void
run_return(struct machine *machine, const struct step *step, uint32_t which)
{
	bool constant = step->code == (BPF_RET | BPF_K);

	if (constant && step->k == 0)
		return;
	EACH_OF (which) {
		machine->kept[i] = constant ? step->k : machine->a[i];
		machine->taken |= (uint32_t)(machine->kept[i] > 0) << i;
	}
}

/* What neither jumps, nor returns, nor looks at the frame's bytes. */
static void
run_move(struct machine *machine, const struct step *step, uint32_t which)
{
	uint32_t *slot = machine->kept_words[step->k % BPF_MEMWORDS], *a = machine->a,
		 *x = machine->x;

	EACH_OF (which) {
		switch (step->code) {
		case BPF_LD | BPF_W | BPF_LEN:
			a[i] = machine->frames[i]->length;
			break;
		case BPF_LDX | BPF_W | BPF_LEN:
			x[i] = machine->frames[i]->length;
			break;
		case BPF_LD | BPF_IMM:
			a[i] = step->k;
			break;
		case BPF_LDX | BPF_IMM:
			x[i] = step->k;
			break;
		case BPF_LD | BPF_MEM:
			a[i] = slot[i];
			break;
		case BPF_LDX | BPF_MEM:
			x[i] = slot[i];
			break;
		case BPF_ST:
			slot[i] = a[i];
			break;
		case BPF_STX:
			slot[i] = x[i];
			break;
		case BPF_MISC | BPF_TAX:
			x[i] = a[i];
			break;
		default:
			a[i] = x[i];
		}
	}
}

/* All but LOAD_AND_COMPARE, at step number i. */
static void
run_step(struct machine *machine, const struct step *step, uint32_t i, uint32_t which)
{
	uint32_t yes;

	switch (BPF_CLASS(step->code)) {
	case BPF_RET:
		run_return(machine, step, which);
		return;
	case BPF_JMP:
		if (step->code == (BPF_JMP | BPF_JA)) {
			machine->at[i + 1 + step->k] |= which;
			return;
		}
		yes = run_compare(machine, step, which);
		machine->at[i + 1 + step->jt] |= yes;
		machine->at[i + 1 + step->jf] |= which & ~yes;
		return;
	case BPF_ALU:
		which &= ~run_sum(machine, step, which);
		break;
	case BPF_LD:
		if (BPF_MODE(step->code) == BPF_ABS || BPF_MODE(step->code) == BPF_IND)
			which &= ~run_load(machine, step, which);
		else
			run_move(machine, step, which);
		break;
	default:
		if (step->code == (BPF_LDX | BPF_B | BPF_MSH))
			which &= ~run_load_length(machine, step, which);
		else
			run_move(machine, step, which);
	}
	machine->at[i + 1] |= which;
}

/* From a step on, each frame by its own way. */
static __attribute__((noinline)) uint32_t
run_apart(const struct bpf *bpf, const struct frame *const *frames, uint32_t which, uint32_t *kept,
	uint32_t first)
{
	const uint32_t n_steps = bpf->n;
	struct machine machine;

	machine.frames = frames;
	machine.kept = kept;
	machine.taken = 0;
	memset(machine.at, 0, n_steps * sizeof(*machine.at));
	if (!bpf->is_simple)
		memset(&machine.memory, 0, sizeof(machine.memory));
	machine.at[first] = which;
	for (uint32_t i = first; i < n_steps; i++) {
		const struct step *step = &bpf->step[i];
		uint32_t here = machine.at[i], yes, gone = 0;

		if (!here)
			continue;
		if (step->code != LOAD_AND_COMPARE) {
			run_step(&machine, step, i, here);
			continue;
		}
		yes = run_compare_any(&machine, step, here, &gone);
		machine.at[i + 1 + step->ajt] |= yes;
		machine.at[i + 1 + step->ajf] |= here & ~yes & ~gone;
	}
	return machine.taken;
}

uint32_t
bpf_run(const struct bpf *bpf, const struct frame *const *frames, uint32_t which, uint32_t have,
	uint32_t *kept)
{
	/* The first ones, all of them. */
	const uint32_t n = which & (which + 1) ? 0 : (uint32_t)__builtin_popcount(which);
	const struct step *step = bpf->step;

	if (unlikely(n == 0 || (have < bpf->reach && !all_have(frames, n, bpf->reach))))
		return run_apart(bpf, frames, which, kept, 0);
	/* As long as all go one way, and leave nothing behind. */
	while (step->code == LOAD_AND_COMPARE && !step->keeps) {
		uint32_t yes = run_compare_first(frames, n, step);

		if (likely(yes == 0))
			step += 1 + step->ajf;
		else if (yes == which)
			step += 1 + step->ajt;
		else
			break;
	}
	if (likely(step->code == (BPF_RET | BPF_K) && step->k == 0))
		return 0;
	return run_apart(bpf, frames, which, kept, (uint32_t)(step - bpf->step));
}
