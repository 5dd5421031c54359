#include <rte_lcore.h>

#include "pin_json.h"

json_t *
pin_to_json(struct lcore_choice choice)
{
	return json_pack("{s:i, s:i}", "lcore", choice.lcore, "cpu", choice.cpu);
}

json_t *
queue_pins_to_json(const struct port *port)
{
	json_t *pins = json_array();

	for (uint16_t i = 0; i < GUEST_MAX_PAIRS; i++) {
		json_t *pin;

		if (!port->queue[i].chosen)
			continue;
		pin = pin_to_json(port->queue[i].choice);
		json_object_set_new(pin, "queue", json_integer(i));
		json_array_append_new(pins, pin);
	}
	if (json_array_size(pins))
		return pins;
	json_decref(pins);
	return NULL;
}

static bool
take(json_t *object, const char *key, int most, int16_t *number)
{
	json_t *value = json_object_get(object, key);
	json_int_t found = json_integer_value(value);

	*number = (int16_t)found;
	return json_is_integer(value) && found >= 0 && found < most;
}

static bool
take_choice(struct lcore_choice *choice, json_t *value)
{
	return take(value, "lcore", RTE_MAX_LCORE, &choice->lcore) &&
	       take(value, "cpu", CPU_SETSIZE, &choice->cpu);
}

bool
pin_from_json(struct lcore_choice *choice, json_t *value)
{
	*choice = NO_CHOICE;
	return !value || take_choice(choice, value);
}

bool
queue_pins_from_json(struct lcore_choice choices[GUEST_MAX_PAIRS], json_t *value)
{
	json_t *pin;
	size_t i;

	for (i = 0; i < GUEST_MAX_PAIRS; i++)
		choices[i] = NO_CHOICE;
	if (value && !json_is_array(value))
		return false;
	json_array_foreach (value, i, pin) {
		int16_t queue;

		if (!take(pin, "queue", GUEST_MAX_PAIRS, &queue) ||
			!take_choice(&choices[queue], pin))
			return false;
	}
	return true;
}
