/* A program of bpf.h as it is run: what bpf_compile.c makes, and bpf.c runs. */
#ifndef BPF_STEP_H
#define BPF_STEP_H

#include "bpf.h"

/* A load from a frame's head, and a comparison with a constant, in one; not of the kernel's. */
#define LOAD_AND_COMPARE 0x100

struct step {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
	/* LOAD_AND_COMPARE: */
	uint32_t wanted;  /* by the program, */
	uint32_t want;    /* and as it is in a frame */
	uint8_t size;     /* bytes */
	bool keeps;       /* A is needed afterwards */
	uint8_t ajt, ajf; /* from this step on */
};

struct bpf {
	uint16_t n;
	bool is_simple; /* loads and comparisons in one, and returns of constants: no A, X, slots */
	uint16_t reach; /* bytes of a head that LOAD_AND_COMPARE may read */
	struct step step[];
};

/* Bytes that a load takes. */
static inline uint8_t
size_of(uint16_t code)
{
	return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

#endif
