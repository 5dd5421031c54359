#include "learned.h"

/* Another thread writes meanwhile only what it learns itself: it is not often that this repeats. */
#define TRIES 8

static bool
put(struct learned *learned, unsigned int i, uint64_t before, uint64_t slot)
{
	return __atomic_compare_exchange_n(
		&learned->slot[i], &before, slot, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* The place of an address: its own, else a free one, else that which ends first. */
static unsigned int
place_of(const struct learned *learned, uint32_t address, uint32_t now)
{
	uint32_t least = UINT32_MAX;
	unsigned int best = 0;

	for (unsigned int i = 0; i < LEARNED_MAX; i++) {
		uint64_t slot = learned_slot(learned, i);
		uint32_t until = learned_is_alive(slot, now) ? (uint32_t)slot : 0;

		if (slot >> 32 == address && slot)
			return i;
		if (until < least) {
			least = until;
			best = i;
		}
	}
	return best;
}

void
learned_add(struct learned *learned, uint32_t address, uint32_t until, uint32_t now)
{
	uint64_t slot = (uint64_t)address << 32 | until;

	for (int i = 0; i < TRIES; i++) {
		unsigned int at = place_of(learned, address, now);

		if (put(learned, at, learned_slot(learned, at), slot))
			return;
	}
}

bool
learned_add_first(struct learned *learned, uint32_t address)
{
	/* Whoever finds no address puts its own here (place_of()). */
	return put(learned, 0, 0, (uint64_t)address << 32 | LEARNED_FOR_EVER);
}

void
learned_remove(struct learned *learned, uint32_t address)
{
	for (unsigned int i = 0; i < LEARNED_MAX; i++) {
		uint64_t slot = learned_slot(learned, i);

		/* If it is another's by now, it is gone. */
		if (slot && slot >> 32 == address)
			(void)put(learned, i, slot, (uint64_t)address << 32);
	}
}

bool
learned_is_untouched(const struct learned *learned)
{
	for (unsigned int i = 0; i < LEARNED_MAX; i++)
		if (learned_slot(learned, i))
			return false;
	return true;
}

bool
learned_has_asked(const struct learned *learned, uint32_t number)
{
	for (unsigned int i = 0; i < ASKED_MAX; i++)
		if (__atomic_load_n(&learned->asked[i], __ATOMIC_RELAXED) ==
			((uint64_t)number << 1 | 1))
			return true;
	return false;
}

void
learned_ask(struct learned *learned, uint32_t number)
{
	if (learned_has_asked(learned, number))
		return;
	__atomic_store_n(
		&learned->asked[__atomic_fetch_add(&learned->n_asked, 1, __ATOMIC_RELAXED) %
				ASKED_MAX],
		(uint64_t)number << 1 | 1, __ATOMIC_RELAXED);
}

bool
learned_is_empty(const struct learned *learned, uint32_t now)
{
	for (unsigned int i = 0; i < LEARNED_MAX; i++)
		if (learned_is_alive(learned_slot(learned, i), now))
			return false;
	return true;
}

void
learned_clear(struct learned *learned)
{
	for (unsigned int i = 0; i < LEARNED_MAX; i++)
		__atomic_store_n(&learned->slot[i], 0, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < ASKED_MAX; i++)
		__atomic_store_n(&learned->asked[i], 0, __ATOMIC_RELAXED);
}

void
learned_list(const struct learned *learned, uint32_t now, struct address_list *list)
{
	memset(list, 0, sizeof(*list));
	for (unsigned int i = 0; i < LEARNED_MAX; i++) {
		uint64_t slot = learned_slot(learned, i);

		if (learned_is_alive(slot, now))
			list->ipv4[list->n_ipv4++] = (uint32_t)(slot >> 32);
	}
}

void
learned_copy(struct learned *to, const struct learned *from)
{
	for (unsigned int i = 0; i < LEARNED_MAX; i++)
		__atomic_store_n(&to->slot[i], learned_slot(from, i), __ATOMIC_RELAXED);
}
