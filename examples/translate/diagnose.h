#pragma once

#include <string>

// The command that says what is wrong with a training.
namespace glance::seq2seq {

struct DiagnoseCommand {
  std::string model;        // the folder of a training, or a checkpoint in it
  std::string pairs, test;  // where its pairs are now, if they were moved
  int threads = 0;          // 0: as many as the machine has
  bool json = false;
};

// Prints what findings() (history.h) has to say of the training's log and, where its pairs are at hand, of its last
// model on some of those that were held out. Error when there is no training.
void diagnose_training(const DiagnoseCommand& command);

}  // namespace glance::seq2seq
