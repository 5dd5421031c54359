#include <rte_lcore.h>

#include "pin_json.h"

json_t *
pin_to_json(struct lcore_choice choice)
{
	return json_pack("{s:i, s:i}", "lcore", choice.lcore, "cpu", choice.cpu);
}

static bool
take(json_t *object, const char *key, int most, int *number)
{
	json_t *value = json_object_get(object, key);
	json_int_t found = json_integer_value(value);

	*number = (int)found;
	return json_is_integer(value) && found >= 0 && found < most;
}

bool
pin_from_json(struct lcore_choice *choice, json_t *value)
{
	*choice = NO_CHOICE;
	return !value || (take(value, "lcore", RTE_MAX_LCORE, &choice->lcore) &&
				 take(value, "cpu", CPU_SETSIZE, &choice->cpu));
}
