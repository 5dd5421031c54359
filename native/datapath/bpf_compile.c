/* From a program that was checked to steps; a load and the comparison behind it become one. */
#include <stdlib.h>

#include <rte_byteorder.h>

#include "bpf_step.h"

#include "../ring/ring.h"

static bool
is_load(uint16_t code)
{
	return BPF_CLASS(code) == BPF_LD && BPF_MODE(code) == BPF_ABS;
}

/* Whether what A has does not matter to a step, nor to those behind it. */
static bool
forgets(const struct step *step)
{
	return (BPF_CLASS(step->code) == BPF_LD && step->code < LOAD_AND_COMPARE) ||
	       step->code == LOAD_AND_COMPARE || step->code == (BPF_RET | BPF_K);
}

/* Makes one step of a load and the comparison behind it, which stays for those that jump to it. */
static void
join(struct bpf *bpf, uint16_t i)
{
	struct step *load = &bpf->step[i], *compare = load + 1;
	uint8_t size = size_of(load->code);
	uint32_t want = size == 4   ? rte_cpu_to_be_32(compare->k)
			: size == 2 ? rte_cpu_to_be_16((uint16_t)compare->k)
				    : compare->k;

	if (!is_load(load->code) || compare->code != (BPF_JMP | BPF_JEQ | BPF_K) ||
		load->k > (uint32_t)FRAME_HEAD - size || compare->jt == UINT8_MAX ||
		compare->jf == UINT8_MAX || (size < 4 && compare->k >> (8 * size)))
		return;
	load->code = LOAD_AND_COMPARE;
	load->size = size;
	load->wanted = compare->k;
	load->want = want;
	if (bpf->reach < load->k + size)
		bpf->reach = (uint16_t)(load->k + size);
	load->ajt = compare->jt + 1;
	load->ajf = compare->jf + 1;
	load->keeps =
		!forgets(&bpf->step[i + 1 + load->ajt]) || !forgets(&bpf->step[i + 1 + load->ajf]);
}

static bool
is_simple(const struct bpf *bpf)
{
	bool joined = false;

	for (uint16_t i = 0; i < bpf->n; i++) {
		const struct step *step = &bpf->step[i];

		if (step->code == LOAD_AND_COMPARE ? step->keeps
						   : !joined && step->code != (BPF_RET | BPF_K))
			return false;
		/* The comparison behind it is another's only if somebody jumps there. */
		joined = step->code == LOAD_AND_COMPARE;
	}
	return true;
}

struct bpf *
bpf_create(const struct sock_filter *program, size_t n)
{
	struct bpf *bpf = calloc(1, sizeof(*bpf) + n * sizeof(*bpf->step));

	if (!bpf)
		return NULL;
	bpf->n = (uint16_t)n;
	for (size_t i = 0; i < n; i++) {
		bpf->step[i] = (struct step){.code = program[i].code,
			.jt = program[i].jt,
			.jf = program[i].jf,
			.k = program[i].k};
	}
	/* From the end on, so that steps that are jumped to are what they will be. */
	for (size_t i = n - 1; i-- > 0;)
		join(bpf, (uint16_t)i);
	bpf->is_simple = is_simple(bpf);
	return bpf;
}

void
bpf_destroy(struct bpf *bpf)
{
	free(bpf);
}
