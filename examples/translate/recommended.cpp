// What a training takes where nobody says otherwise: sizes, rates and epochs that were found to do well.
#include "examples/translate/train.h"

namespace glance::seq2seq {

void recommend_for_builtin(TrainCommand& command) {
  if (command.model.model == ModelKind::transformer) {
    command.model.embedding = 64;
    command.model.layers = 2;
    command.model.heads = 4;
    command.model.feed_forward = 256;
    command.model.dropout = 0.1;
    command.training.beta2 = 0.98;
    command.training.epochs = 7;
    command.training.batch = 32;
    command.training.learning_rate = 3e-3;
    return;
  }
  command.model.embedding = 64;
  command.model.hidden = 64;
  command.model.dropout = 0.1;
  command.training.epochs = 5;
  command.training.batch = 32;
  command.training.learning_rate = 7e-3;
}

void recommend_for_pairs(TrainCommand& command) {
  if (command.model.model == ModelKind::transformer) {
    command.model.embedding = 128;
    command.model.layers = 2;
    command.model.heads = 4;
    command.model.feed_forward = 512;
    command.model.dropout = 0.2;
    command.training.beta2 = 0.98;
    command.training.label_smoothing = 0.1;
    command.training.epochs = 15;
    command.training.batch = 64;
    command.training.learning_rate = 2e-3;
    return;
  }
  command.model.embedding = 256;
  command.model.hidden = 256;
  command.model.dropout = 0.4;
  command.training.label_smoothing = 0.1;
  command.training.epochs = 15;
  command.training.batch = 64;
  command.training.learning_rate = 2e-3;
}

}  // namespace glance::seq2seq
