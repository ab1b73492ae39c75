#pragma once

#include <span>
#include <string>

#include "examples/bottleneck/measure.h"
#include "examples/common/line_chart.h"

// The results of the measurements: as a table, as blocks, in words and as a chart.
namespace glance::bottleneck {

// The head of the table.
std::string table_head(const Task& task);

// A contender's row of the table: its parameters and its accuracy in every bucket of lengths, the mean over seeds and,
// for several, the worst and the best of them on lines below.
std::string table_row(const Task& task, const Measured& measured);

// A row of blocks for each contender, a block for each length: how high it stands is the accuracy.
std::string skyline(const Task& task, std::span<const Measured> all);

// What follows from the accuracy of the worst seed, in words. When a contender of this width and without attention
// fails on the shortest sequences, it was not trained enough, and nothing is concluded.
std::string conclusion(const Task& task, Index width, std::span<const Measured> all);

// Accuracy against length; what is beyond the lengths of training is shaded.
LineChart chart(const Task& task, std::span<const Measured> all);

}  // namespace glance::bottleneck
