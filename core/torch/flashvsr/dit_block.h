// One block of the diffusion transformer (section B.4 of the FlashVSR notes). Linear layers compute in the
// weights' type; what lies between blocks, norms, rotations and the softmax are float32.
#pragma once

#include "core/torch/binding/weight_binder.h"
#include "core/torch/flashvsr/block_attention.h"
#include "core/torch/pch/aten.h"

namespace videoenhance {

constexpr double kNormEpsilon = 1e-6;

struct Linear {
  at::Tensor weight, bias;

  // The layer KEY.weight, KEY.bias. gain, float32 [out] or undefined: factor of its outputs, folded in.
  static Linear of(const TensorsByKey& tensors, const std::string& key, c10::ScalarType type,
                   const at::Tensor& gain = {});

  at::Tensor operator()(const at::Tensor& x) const;  // [n,in], any type -> [n,out]
};

// A layer norm whose affine part is all that scales and shifts it, float32.
struct Norm {
  at::Tensor scale, shift;  // [dim]

  at::Tensor operator()(const at::Tensor& x) const;  // float32 [n,dim]
};

// What all blocks share.
struct TransformerConstants {
  at::Tensor modulation;  // float32 [6,dim]: of the one timestep
  at::Tensor context;     // float32 [tokens,dim]: of the prompt
};

// What all blocks share while one chunk runs. Tokens are in window order.
struct ChunkPlan {
  std::int64_t units = 0;         // temporal units of the chunk
  at::Tensor rotations;           // complex64 [n,64]
  at::Tensor local;               // bool [ws,ws]
  std::int64_t blocks_kept = 0;   // for each head and unit
  std::int64_t units_cached = 0;  // units that are remembered after the chunk
};

class DitBlock {
 public:
  static constexpr std::int64_t kFeedForwardRows = 4096;  // tokens whose wide hidden layer exists at a time

  // tensors: float32, with keys such as "blocks.3.norm3.weight" for index 3.
  DitBlock(const TensorsByKey& tensors, int index, const TransformerConstants& constants,
           c10::ScalarType type);

  // x: float32 [n,dim]. cache: keys of earlier chunks, oldest first; uses them, then adds this chunk's.
  at::Tensor run(const at::Tensor& x, const ChunkPlan& plan, std::vector<KeyUnit>& cache) const;

  std::uint64_t bytes() const;

 private:
  struct SelfAttention {
    Linear q, k, v, o;
    at::Tensor norm_q, norm_k;  // float32 [dim]
  };
  // Keys and values come from the prompt and never change.
  struct CrossAttention {
    Linear q, o;
    at::Tensor norm_q;        // float32 [dim]
    at::Tensor keys, values;  // [1,heads,tokens,128]
  };

  at::Tensor self_attention(const at::Tensor& x, const ChunkPlan& plan, std::vector<KeyUnit>& cache) const;
  at::Tensor cross_attention(const at::Tensor& x) const;
  at::Tensor feed_forward(const at::Tensor& x) const;

  // The gates of the modulation are folded into the last layer of what they gate.
  Norm before_self_, before_cross_, before_feed_;
  SelfAttention self_;
  CrossAttention cross_;
  Linear up_, down_;
};

}  // namespace videoenhance
