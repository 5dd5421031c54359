/* Answers to libvirt's questions, from the switch. */
#ifndef ANSWER_H
#define ANSWER_H

#include "ask.h"
#include "question.h"

/* Asks the switch and prints its answer. Not ASK_ANSWERED: nothing was printed. */
enum ask_result
answer(const struct question *question);

#endif
