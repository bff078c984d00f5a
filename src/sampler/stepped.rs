//! A demo or a recording, sampled at given moments without a thread: for films.

use super::{OwnTime, SamplerError, SamplerMessage, SamplerReport, SocketSource, SourceOpener, SourceSpec};
use crate::{
    geodesy::LatLng,
    model::{Tracker, UnixMillis},
};
use std::{fmt, sync::Arc, time::Duration};

/// See the module documentation.
pub struct SteppedSource {
    source: Box<dyn SocketSource>,
    tracker: Tracker,
    /// Its time range when it was opened.
    own_time: OwnTime,
    /// Moment of the last step.
    last: Option<UnixMillis>,
}

impl fmt::Debug for SteppedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SteppedSource").field("own_time", &self.own_time).finish_non_exhaustive()
    }
}

impl SteppedSource {
    /// Opens the source of `spec` with `open`; `None` if it is live.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(
        spec: &SourceSpec,
        home: Option<LatLng>,
        open: &mut SourceOpener,
    ) -> Result<Option<Self>, SamplerError> {
        if spec.is_live() {
            return Ok(None);
        }
        let mut source = open(spec)?;
        source.set_home(home);
        Ok(source.own_time().map(|own_time| Self { source, tracker: Tracker::default(), own_time, last: None }))
    }

    /// Its moment when it was opened.
    #[must_use]
    pub fn start(&self) -> UnixMillis {
        self.own_time.at
    }

    /// The changes since the last call, at the moment `at`.
    ///
    /// # Errors
    /// If no sample can be taken.
    pub fn step(&mut self, at: UnixMillis) -> Result<SamplerMessage, SamplerError> {
        let at = self.own_time.nearest(at);
        let mut sample = self.source.sample(at)?;
        let report = SamplerReport {
            source: Some(self.source.kind()),
            label: self.source.label(),
            caption: self.source.caption(),
            capabilities: self.source.capabilities(),
            degradations: std::mem::take(&mut sample.degradations),
            own_time: self.source.own_time(),
            home: self.source.home_then(),
            unseen: self.source.unseen(),
            period: self.last.map_or(Duration::ZERO, |last| Duration::from_millis(at.0.abs_diff(last.0))),
            ..SamplerReport::default()
        };
        self.last = Some(at);
        let delta = self.tracker.apply(sample, at);
        let report = SamplerReport { sockets: self.tracker.len(), ..report };
        Ok(SamplerMessage { delta, report: Arc::new(report) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::open_source;

    fn opener() -> SourceOpener {
        Box::new(open_source)
    }

    #[test]
    fn the_same_steps_give_the_same_messages_and_live_sources_have_no_steps() {
        let spec: SourceSpec = "demo:everyday,4".parse().unwrap();
        let run = || {
            let mut source = SteppedSource::open(&spec, None, &mut opener()).unwrap().expect("a demo");
            let steps = (0..40).map(|step| source.start().plus_ms(step * 250));
            let messages: Vec<_> = steps.collect::<Vec<_>>().into_iter().map(|at| source.step(at).unwrap()).collect();
            messages.into_iter().map(|message| (message.delta, message.report.sockets)).collect::<Vec<_>>()
        };
        let first = run();
        assert!(first[0].1 > 50 && first.iter().skip(1).any(|(delta, _)| !delta.opened.is_empty()));
        assert_eq!(first, run());
        assert!(SteppedSource::open(&SourceSpec::default(), None, &mut opener()).unwrap().is_none());
    }
}
