/*
 * Long copies, by the processor's string instruction where it is fast.
 */
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "copy.h"

/*
 * With FSRM ("fast short rep movsb": Intel Ice Lake, AMD Zen 3) from the shortest on; measured,
 * ../README.md. With ERMS alone (Ivy Bridge) it takes longer to start: from where glibc uses it.
 */
#define LEAST_FSRM COPY_LONG
#define LEAST_ERMS 2048
#define LEAF_FEATURES 7
#define EBX_ERMS (1u << 9)
#define EDX_FSRM (1u << 4)

uint32_t copy_string_least = UINT32_MAX;

static __attribute__((constructor)) void
choose(void)
{
#ifdef __x86_64__
	unsigned int eax, ebx, ecx, edx;

	if (!__get_cpuid_count(LEAF_FEATURES, 0, &eax, &ebx, &ecx, &edx))
		return;
	if (edx & EDX_FSRM)
		copy_string_least = LEAST_FSRM;
	else if (ebx & EBX_ERMS)
		copy_string_least = LEAST_ERMS;
#endif
}

/*
 * It writes whole lines without fetching what they had, which is in the receiver's cache. Its
 * stores are visible before any later one's (Intel SDM 3A, 8.2.4; AMD APM 2, 7.1).
 */
static inline void
copy_string(uint8_t *to, const uint8_t *from, size_t length)
{
#if defined(__x86_64__) && !defined(SANITIZED)
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
#else
	memcpy(to, from, length);
#endif
}

void
copy_long(uint8_t *to, const uint8_t *from, uint32_t length)
{
	if (length >= copy_string_least)
		copy_string(to, from, length);
	else
		copy_by_moves(to, from, length);
}
