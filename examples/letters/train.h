#pragma once

#include "examples/letters/session.h"

// The command train.
namespace glance::gpt {

// Trains, says how it goes, and leaves out/best, out/last and out/log.jsonl. Returns the exit status: 0, or 130 when
// interrupted, after saving. Every rank of a job makes this call; the first writes the files.
int train(TrainCommand command, const Ranks& ranks);

}  // namespace glance::gpt
