/* Whether a program is one. */
#include <rte_common.h>

#include "bpf.h"

static bool
is_known(uint16_t code)
{
	static const uint16_t known[] = {
		BPF_ALU | BPF_ADD | BPF_K,
		BPF_ALU | BPF_ADD | BPF_X,
		BPF_ALU | BPF_SUB | BPF_K,
		BPF_ALU | BPF_SUB | BPF_X,
		BPF_ALU | BPF_MUL | BPF_K,
		BPF_ALU | BPF_MUL | BPF_X,
		BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_DIV | BPF_X,
		BPF_ALU | BPF_MOD | BPF_K,
		BPF_ALU | BPF_MOD | BPF_X,
		BPF_ALU | BPF_AND | BPF_K,
		BPF_ALU | BPF_AND | BPF_X,
		BPF_ALU | BPF_OR | BPF_K,
		BPF_ALU | BPF_OR | BPF_X,
		BPF_ALU | BPF_XOR | BPF_K,
		BPF_ALU | BPF_XOR | BPF_X,
		BPF_ALU | BPF_LSH | BPF_K,
		BPF_ALU | BPF_LSH | BPF_X,
		BPF_ALU | BPF_RSH | BPF_K,
		BPF_ALU | BPF_RSH | BPF_X,
		BPF_ALU | BPF_NEG,
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_H | BPF_ABS,
		BPF_LD | BPF_B | BPF_ABS,
		BPF_LD | BPF_W | BPF_IND,
		BPF_LD | BPF_H | BPF_IND,
		BPF_LD | BPF_B | BPF_IND,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LD | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_W | BPF_LEN,
		BPF_LDX | BPF_B | BPF_MSH,
		BPF_LDX | BPF_IMM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ | BPF_K,
		BPF_JMP | BPF_JEQ | BPF_X,
		BPF_JMP | BPF_JGE | BPF_K,
		BPF_JMP | BPF_JGE | BPF_X,
		BPF_JMP | BPF_JGT | BPF_K,
		BPF_JMP | BPF_JGT | BPF_X,
		BPF_JMP | BPF_JSET | BPF_K,
		BPF_JMP | BPF_JSET | BPF_X,
	};

	for (size_t i = 0; i < RTE_DIM(known); i++)
		if (known[i] == code)
			return true;
	return false;
}

/* Whether it is one of the instructions with a slot of memory. */
static bool
has_slot(uint16_t code)
{
	return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM) || code == BPF_ST ||
	       code == BPF_STX;
}

static const char *
step_problem(const struct sock_filter *step, size_t behind)
{
	if (!is_known(step->code))
		return "is no instruction of classic BPF";
	if (has_slot(step->code) && step->k >= BPF_MEMWORDS)
		return "has a slot of memory that there is not";
	switch (step->code) {
	case BPF_ALU | BPF_DIV | BPF_K:
	case BPF_ALU | BPF_MOD | BPF_K:
		return step->k ? NULL : "divides by zero";
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return step->k < 32 ? NULL : "shifts by more than 31 bits";
	case BPF_JMP | BPF_JA:
		return step->k < behind ? NULL : "jumps beyond the end";
	default:
		if (BPF_CLASS(step->code) == BPF_JMP && (step->jt >= behind || step->jf >= behind))
			return "jumps beyond the end";
		return NULL;
	}
}

const char *
bpf_problem(const struct sock_filter *program, size_t n, size_t *at)
{
	const char *problem;

	*at = 0;
	if (n == 0)
		return "is missing";
	if (n > BPF_MOST)
		return "is one of more than " RTE_STR(BPF_MOST);
	for (; *at < n; ++*at)
		if ((problem = step_problem(&program[*at], n - 1 - *at)))
			return problem;
	*at = n - 1;
	return BPF_CLASS(program[*at].code) == BPF_RET ? NULL : "is the last, and does not return";
}
