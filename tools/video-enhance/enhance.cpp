#include "tools/video-enhance/enhance.h"

#include "tools/video-enhance/frame_source.h"
#include "tools/video-enhance/interrupt.h"
#include "tools/video-enhance/join.h"
#include "tools/video-enhance/output.h"
#include "tools/video-enhance/segment_writer.h"
#include "tools/video-enhance/work_folder.h"

namespace videoenhance {
namespace {

namespace fs = std::filesystem;

// What one run makes of what was done before it.
struct Run {
  const Options& options;
  const Source& source;
  const Plan& plan;
  WorkFolder& work;
  Progress& progress;
  std::uint64_t done_before = 0;           // source frames
  std::uint64_t frames_in = 0;             // source frames in all segments so far
  bool stopped = false;                    // by the user; then `unfinished` holds what there is
  std::uint64_t unfinished = 0;            // output frames there
  GstClockTime end = GST_CLOCK_TIME_NONE;  // of what this run made, if stopped; none if it made nothing
  bool published = false;                  // something has the final name
};

// One segment, from its lead-in on. False: the stream ends before it.
Outcome<bool> write_segment(Run& run, FrameSource& frames, SegmentWriter& writer, std::uint64_t k) {
  const std::uint64_t begin = k * run.plan.segment, end = begin + run.plan.segment;
  const std::uint64_t first = begin - std::min(begin, run.plan.lead);
  run.unfinished = 0;
  frames.forget_before(first);
  auto there = frames.frame(begin);
  if (!there) return tl::unexpected(there.error());
  if (!*there) return false;
  if (auto begun =
          writer.begin(run.work.unfinished(), begin - first, run.plan.frames_out(begin), frames.origin());
      !begun)
    return tl::unexpected(begun.error());
  const auto show = [&](std::uint64_t taken) {
    run.progress.frames(taken, run.plan.frames_out(begin) + writer.frames_out(), run.plan.frames_in,
                        run.done_before);
  };
  std::uint64_t next = first;
  for (; next < end + run.plan.tail; ++next) {
    auto frame = frames.frame(next);
    if (interrupted()) break;
    if (!frame) return tl::unexpected(frame.error());
    if (!*frame) break;
    for (bool taken = false; !taken && !interrupted();) {
      auto offered = writer.offer(*frame);
      if (!offered) return tl::unexpected(offered.error());
      taken = *offered;
      show(std::max(begin, std::min(next, end)));
    }
  }
  writer.end();
  for (bool written = false; !written; show(std::max(begin, std::min(next, end)))) {
    auto ended = writer.is_written();
    // An encoder that was given no frame calls that an error.
    if (!ended && interrupted() && writer.frames_out() == 0) break;
    if (!ended) return tl::unexpected(ended.error());
    written = *ended;
  }
  run.frames_in = std::max(begin, std::min(next, end));
  run.unfinished = writer.frames_out();
  return true;
}

Outcome<std::unique_ptr<SegmentWriter>> start(Run& run, FrameSource& frames, std::uint64_t first_segment) {
  const std::uint64_t begin = first_segment * run.plan.segment;
  frames.forget_before(begin - std::min(begin, run.plan.lead));
  auto frame = frames.frame(0);
  if (!frame) return tl::unexpected(frame.error());
  if (!*frame && !frames.caps())
    return failed(ExitCode::kInput, "No frame of '" + run.options.input.string() + "' could be decoded.");
  auto writer = SegmentWriter::make(run.plan, run.options, frames.caps());
  if (writer) (*writer)->on_warning() = [&run](const std::string& text) { run.progress.warning(text); };
  return writer;
}

Outcome<void> write_segments(Run& run) {
  std::uint64_t k = run.work.first_missing();
  run.frames_in = run.done_before = k * run.plan.segment;
  auto frames = FrameSource::open(run.options, run.plan);
  if (!frames) return tl::unexpected(frames.error());
  auto writer = start(run, *frames, k);
  if (!writer) return tl::unexpected(writer.error());
  for (;; ++k) {
    auto written = write_segment(run, *frames, **writer, k);
    if (written && !*written) return run.work.set_frames_in(run.frames_in);
    // What was cut short is not the segment that an undisturbed run makes.
    if (interrupted() && (written || written.error().code == ExitCode::kInterrupted)) {
      run.stopped = true;
      run.end = (*writer)->end_time();
      return {};
    }
    if (!written) return tl::unexpected(written.error());
    if (auto finished = run.work.finish_segment(k); !finished) return finished;
  }
}

JoinJob join_job(const Run& run) {
  JoinJob job{{}, run.work.joined(), run.work.aside(), run.options.end.value_or(GST_CLOCK_TIME_NONE)};
  const std::uint64_t whole = run.work.first_missing();
  for (std::uint64_t k = 0; k < whole; ++k) job.segments.push_back(run.work.segment(k));
  if (run.stopped) {
    job.can_be_stopped = false;
    if (run.unfinished) job.segments.push_back(run.work.unfinished());
    job.end = std::min(job.end, run.options.start.value_or(0) + run.end);
  }
  return job;
}

Outcome<void> finish(Run& run) {
  if (run.stopped && run.end == GST_CLOCK_TIME_NONE)
    return failed(ExitCode::kInterrupted, "Stopped before a frame was made; nothing was written.");
  run.progress.stage("putting the video together with the other streams");
  auto joined = join(run.source, run.options, join_job(run));
  if (!joined) return tl::unexpected(joined.error());
  const std::uint64_t promised = run.plan.frames_out(run.frames_in);
  if (!run.stopped && run.plan.rate_in.n && joined->frames != promised)
    return failed(ExitCode::kFailed, "The result has " + std::to_string(joined->frames) +
                                         " frames instead of " + std::to_string(promised) +
                                         "; nothing was written. Please report this.");
  for (const std::string& warning : joined->warnings) run.progress.warning(warning);
  if (auto published = run.work.publish(run.work.joined()); !published) return published;
  run.published = true;
  const std::string name = "'" + run.options.output.string() + "'";
  const std::string frames = std::to_string(joined->frames) + " frames";
  if (run.stopped)
    return failed(ExitCode::kInterrupted,
                  "Stopped. " + name + " has the first " + frames + "; --resume makes the rest.");
  run.work.remove();
  run.progress.done({{"output", run.options.output.string()},
                     {"frames_in", run.frames_in},
                     {"frames_out", joined->frames},
                     {"streams", joined->kept},
                     {"warnings", joined->warnings}},
                    name + " is written: " + frames + " from " + std::to_string(run.frames_in) + ".");
  return {};
}

Outcome<void> make(Run& run) {
  if (const auto known = run.work.frames_in()) {
    run.frames_in = *known;
  } else if (auto written = write_segments(run); !written) {
    return written;
  }
  return finish(run);
}

}  // namespace

Outcome<void> enhance(const Options& options, Progress& progress) {
  if (auto room = need_folder_of(options.output); !room) return room;
  if (auto other = need_other_file(options.output, options); !other) return other;
  progress.stage("reading '" + options.input.string() + "'");
  auto source = scan(options.input);
  if (!source) return tl::unexpected(source.error());
  auto plan = make_plan(*source, options);
  if (!plan) return tl::unexpected(plan.error());
  auto work = WorkFolder::open(options, *plan);
  if (!work) return tl::unexpected(work.error());
  Run run{options, *source, *plan, *work, progress};
  auto done = make(run);
  if (done || run.published) return done;
  if (work->first_missing() == 0) {
    work->remove();
  } else if (done.error().code == ExitCode::kOutput) {
    done.error().sentence += " --resume goes on from what is done.";
  }
  return done;
}

}  // namespace videoenhance
