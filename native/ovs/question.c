#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "question.h"

#define TIMEOUT "--timeout="
#define PATH "options:vhost-server-path="
/* More would be no time-out. */
#define TIMEOUT_MAX 3600

static const char *const by_path[] = {"--no-headings", "--columns=name", "find", "Interface", NULL};
static const char *const by_file[] = {"get", "Interface", NULL};
static const char *const statistics[] = {"--if-exists", "--format=list", "--data=json",
	"--no-headings", "--columns=statistics", "list", "Interface", NULL};

/* The words behind those of `head`; NULL: they do not begin with it. */
static char *const *
after(char *const *words, const char *const *head)
{
	for (; *head; head++, words++)
		if (!*words || strcmp(*words, *head))
			return NULL;
	return words;
}

/* Whether there is one word, and then `last`, which NULL is, too, and no more. */
static bool
is_one(char *const *words, const char *last)
{
	if (!words || !words[0])
		return false;
	if (!last)
		return !words[1];
	return words[1] && !strcmp(words[1], last) && !words[2];
}

static bool
take_timeout(const char *word, unsigned int *timeout)
{
	const char *digits = word + strlen(TIMEOUT);
	size_t n;

	if (strncmp(word, TIMEOUT, strlen(TIMEOUT)) != 0)
		return false;
	n = strspn(digits, "0123456789");
	if (n == 0 || n > 4 || digits[n])
		return false;
	*timeout = (unsigned int)strtoul(digits, NULL, 10);
	return *timeout <= TIMEOUT_MAX;
}

struct question
question_of(char *const *words)
{
	struct question question = {0};
	char *const *rest;

	if (*words && take_timeout(*words, &question.timeout))
		words++;
	if (is_one(rest = after(words, by_path), NULL) && !strncmp(*rest, PATH, strlen(PATH))) {
		question.kind = QUESTION_PATH;
		question.about = *rest + strlen(PATH);
	} else if (is_one(rest = after(words, by_file), "name")) {
		question.kind = QUESTION_FILE;
		question.about = *rest;
	} else if (is_one(rest = after(words, statistics), NULL)) {
		question.kind = QUESTION_STATISTICS;
		question.about = *rest;
	}
	return question;
}
