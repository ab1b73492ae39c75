#pragma once

#include <chrono>

#include "glance/nn/ranks.h"

// Ranks that mpirun has started, and MPI to carry bytes between them.
namespace glance {

// How many ranks mpirun, or a scheduler in its place, says that this process is one of: 1 when it was started by
// itself.
int launched_ranks();

// Joins the job that this process was started in, or gives the Ranks of one process alone. Called once in a process, by
// the thread that makes all calls of the Ranks. The last copy of these leaves the job, together with those of the other
// ranks; an exception that passes it by ends the processes of all.
//
// A rank that has not answered the others for `timeout` is an Error, which names it, on a rank that waits for it; what
// that one throws ends the job. Compute between two exchanges for less than that. Error when there are several ranks
// and the library was built without MPI, or cannot load it.
Ranks join_job(std::chrono::duration<double> timeout);

}  // namespace glance
