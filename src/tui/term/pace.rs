//! When the next picture may be drawn: a frame rate, a byte budget, and the far end's answers. Knows no clock and no terminal.

use std::time::Duration;

/// Frames a second on this machine's own terminal.
pub const LOCAL: u32 = 30;
/// Frames a second over ssh.
pub const REMOTE: u32 = 12;
/// A terminal over ssh that has never answered by then is taken for one that never will, and one of this machine's sooner:
/// a first picture of 10 kB takes 1.7 s on a link of 9.6 kB/s and 300 ms.
const NO_ANSWERS: Duration = Duration::from_secs(3);
const NO_ANSWERS_HERE: Duration = Duration::from_secs(2);
/// The longest that a link is left free after a picture: one that stalled for a minute is current a second after it is back.
const REST: Duration = Duration::from_secs(1);
/// A round trip from which on a link is worth telling of, even where nothing in the environment says that there is one.
const FAR: Duration = Duration::from_millis(20);
/// Pictures that are drawn before anybody has answered, as perhaps nobody will: the first one may have had no numbers, and
/// a key may have come since.
const UNANSWERED: usize = 3;
/// An answer that is lost (a link that broke and came back) is made good by a picture this often.
const PROBE: Duration = Duration::from_secs(10);

/// Bytes a second where a remote link does not answer, or a multiplexer answers for it.
pub const UNKNOWN: u32 = 8000;
/// A picture that takes this much longer than the shortest answer tells of the link's rate.
const MEASURABLE: Duration = Duration::from_millis(10);
/// A second picture follows one whose answer has not come only where the link stands idle for all but this part of the time.
const SPARSE: u32 = 4;

/// What answers have told of the link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The shortest answer.
    pub round_trip: Duration,
    /// Bytes a second.
    pub rate: Option<f64>,
}

/// Why a picture would be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A key: at once, and it may overtake one picture that is still on its way.
    Key,
    /// What a key has changed is done, or a run is over: as soon as the link carries it, whatever the frame rate. As few as keys.
    Done,
    /// New numbers: as often as the link carries.
    Data,
}

/// Decides when to draw. Every `now` is the time since some common start.
#[derive(Clone, Debug)]
pub struct Pace {
    gap: Duration,
    /// Bytes a second, if they are limited.
    bandwidth: Option<u32>,
    /// Whether the environment says that the terminal is at the other end of an ssh.
    remote: bool,
    /// No data picture before this: the frame rate's gap.
    next: Duration,
    /// When the bytes so far will have gone through the budget.
    spent: Duration,
    link: Link,
}

/// A picture on its way.
#[derive(Clone, Copy, Debug)]
struct Sent {
    at: Duration,
    bytes: usize,
    /// Whether no other was: only then its answer tells of the link, and not of those before it.
    alone: bool,
}

/// What is known of the way to the far end from `CSI 5 n` and its answers.
#[derive(Clone, Debug)]
struct Link {
    /// Every picture is followed by a question, wherever the terminal is: behind `sudo`, `su`, a container or a serial line
    /// nothing in the environment tells of the link, and the link's own queue is what would be filled.
    asking: bool,
    /// How long a first answer is waited for.
    patience: Duration,
    answered: bool,
    /// Questions that were given up and may be answered yet: such an answer tells of no picture since.
    owed: usize,
    /// When each unanswered picture was sent, and its bytes; three at most, once there was an answer.
    sent: Vec<Sent>,
    /// The shortest answer seen, and to how many bytes: about the link's own round trip.
    shortest: Option<(Duration, usize)>,
    /// Bytes a second, from how much longer than the shortest the answers to larger pictures took; smoothed.
    rate: Option<f64>,
    /// Bytes a second that it carries at the least, where the rate is too high to be measured.
    at_least: f64,
    /// Half the link stays free for keys: no data picture before this.
    rest: Duration,
}

/// The frame rate: the flag, else by whether the environment says ssh.
#[must_use]
pub fn frames_per_second(flag: Option<u32>, env: &dyn Fn(&str) -> Option<String>) -> u32 {
    flag.unwrap_or(if is_remote(env) { REMOTE } else { LOCAL }).clamp(1, 120)
}

/// Whether the terminal is at the other end of an ssh.
#[must_use]
pub fn is_remote(env: &dyn Fn(&str) -> Option<String>) -> bool {
    ["SSH_CONNECTION", "SSH_TTY"].iter().any(|name| env(name).is_some_and(|value| !value.is_empty()))
}

/// The byte budget: the flag, else a careful one where tmux or screen stand between and answer for a remote terminal.
#[must_use]
pub fn bytes_per_second(flag: Option<u32>, env: &dyn Fn(&str) -> Option<String>) -> Option<u32> {
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let term = env("TERM").unwrap_or_default();
    let multiplexed = set("TMUX") || set("STY") || term.starts_with("screen") || term.starts_with("tmux");
    flag.or((is_remote(env) && multiplexed).then_some(UNKNOWN))
}

impl Pace {
    /// At most `fps` pictures and `bandwidth` bytes a second; `remote`: the environment says ssh.
    #[must_use]
    pub fn new(fps: u32, bandwidth: Option<u32>, remote: bool) -> Self {
        let patience = if remote { NO_ANSWERS } else { NO_ANSWERS_HERE };
        Self {
            gap: Duration::from_secs(1) / fps.max(1),
            bandwidth,
            remote,
            next: Duration::ZERO,
            spent: Duration::ZERO,
            link: Link::new(true, patience),
        }
    }

    /// Whether each picture should be followed by `CSI 5 n`; false once it is plain that nobody answers.
    #[must_use]
    pub const fn asks(&self) -> bool {
        self.link.asking
    }

    /// Whether a picture may be drawn now.
    #[must_use]
    pub fn may(&self, why: Why, now: Duration) -> bool {
        self.when(why, now) <= now
    }

    /// The earliest time at which a picture could be drawn as things stand; an answer may make it earlier.
    #[must_use]
    pub fn when(&self, why: Why, now: Duration) -> Duration {
        let link = self.link.free(1).max(self.spent).max(self.link.rest);
        match why {
            Why::Key => self.link.free(2).max(now),
            Why::Done => link,
            Why::Data => link.max(self.next),
        }
    }

    /// A picture of `bytes` was drawn. None of it counts if it had no bytes.
    pub fn drew(&mut self, now: Duration, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.next = now + self.gap;
        // Nothing tells how much a remote link carries that does not answer.
        let careful = (self.remote && !self.link.asking).then_some(UNKNOWN);
        if let Some(bandwidth) = self.bandwidth.or(careful) {
            let takes =
                u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1_000_000) / u64::from(bandwidth.max(1));
            self.spent = self.spent.max(now) + Duration::from_micros(takes);
        }
        if self.link.asking {
            if now >= self.link.probe() {
                // Lost: were they still waited for, every answer from now on would be taken for that of an earlier picture.
                self.link.sent.clear();
            }
            let alone = self.link.sent.is_empty();
            self.link.sent.push(Sent { at: now, bytes, alone });
        }
    }

    /// The far end answered the oldest question.
    pub fn answered(&mut self, now: Duration) {
        let link = &mut self.link;
        // It may be the first one, late: from now on it is asked again.
        (link.answered, link.asking) = (true, true);
        if link.owed > 0 {
            link.owed -= 1;
            return;
        }
        if link.sent.is_empty() {
            return;
        }
        let Sent { at, bytes, alone } = link.sent.remove(0);
        let took = now.saturating_sub(at);
        if alone {
            link.learn(took, bytes);
        }
        let least = link.shortest.map_or(took, |(least, _)| least);
        link.rest = now + took.saturating_sub(least).min(REST);
    }

    /// Time went by: a terminal that never answers is no longer asked.
    pub fn tick(&mut self, now: Duration) {
        let link = &self.link;
        let late = link.sent.first().is_some_and(|sent| now.saturating_sub(sent.at) >= link.patience);
        if late && !link.answered {
            self.link = Link { owed: link.sent.len(), ..Link::new(false, link.patience) };
        }
    }

    /// What is known of the way to the far end, where there is one: its round trip, and bytes a second where that could be measured.
    #[must_use]
    pub fn measured(&self) -> Option<Measured> {
        let told = self.link.shortest.filter(|(round_trip, _)| self.remote || *round_trip >= FAR);
        told.map(|(round_trip, _)| Measured { round_trip, rate: self.link.rate })
    }

    /// The terminal was left and entered again, perhaps another one: nothing is on its way.
    pub fn restart(&mut self, now: Duration) {
        self.link = Link::new(self.link.asking, self.link.patience);
        (self.next, self.spent) = (now, now);
    }
}

impl Link {
    fn new(asking: bool, patience: Duration) -> Self {
        let (shortest, rate, rest) = (None, None, Duration::ZERO);
        Self { asking, patience, answered: false, owed: 0, at_least: 0.0, sent: Vec::new(), shortest, rate, rest }
    }

    /// What the answer to a picture that was alone tells of the link.
    fn learn(&mut self, took: Duration, bytes: usize) {
        let before = self.shortest.unwrap_or((took, bytes));
        let (longer, shorter) = if took < before.0 { (before, (took, bytes)) } else { ((took, bytes), before) };
        self.shortest = Some(shorter);
        let (beyond, more) = (longer.0.saturating_sub(shorter.0), longer.1.saturating_sub(shorter.1));
        #[expect(clippy::cast_precision_loss, reason = "bytes of one picture")]
        let sample = more as f64 / beyond.max(MEASURABLE).as_secs_f64();
        if beyond >= MEASURABLE && more > 0 {
            self.rate = Some(self.rate.map_or(sample, |rate| rate + 0.25 * (sample - rate)));
        }
        self.at_least = self.at_least.max(sample);
    }

    /// When an answer that has not come is taken for lost.
    fn probe(&self) -> Duration {
        let waits = if self.answered { PROBE } else { self.patience };
        self.sent.last().map_or(Duration::ZERO, |sent| sent.at + waits)
    }

    /// When fewer than `most` pictures are in the link's queue. One that has had several times as long as the link takes for it is
    /// through, and only its answer is still on its way: a long link with room is not left idle for a round trip.
    fn free(&self, most: usize) -> Duration {
        let most = if self.answered { most } else { UNANSWERED + most };
        let Some(through) = self.sent.len().checked_sub(most) else { return Duration::ZERO };
        match (self.sent.first(), through) {
            (Some(sent), 0) => {
                let gone = self.takes(sent.bytes).map(|takes| sent.at + SPARSE * takes);
                gone.map_or(self.probe(), |gone| gone.min(self.probe()))
            }
            _ => self.probe(),
        }
    }

    /// How long the link takes for so many bytes, if that is known.
    fn takes(&self, bytes: usize) -> Option<Duration> {
        let rate = self.rate.unwrap_or(self.at_least);
        #[expect(clippy::cast_precision_loss, reason = "bytes of one picture")]
        let takes = Duration::try_from_secs_f64(bytes as f64 / rate);
        takes.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// Draws whenever it may for `seconds`, answered within a millisecond or not at all, and counts.
    fn pictures(pace: &mut Pace, answers: bool, seconds: u64, bytes: usize) -> usize {
        let mut count = 0;
        for now in (0..seconds * 1000).map(ms) {
            pace.tick(now);
            if pace.may(Why::Data, now) {
                pace.drew(now, bytes);
                count += 1;
            } else if answers {
                pace.answered(now);
            }
        }
        count
    }

    #[test]
    fn the_frame_rate_is_the_flags_or_the_places() {
        let ssh = |name: &str| (name == "SSH_TTY").then(|| "/dev/pts/3".to_owned());
        assert_eq!(frames_per_second(None, &|_| None), 30);
        assert_eq!(frames_per_second(None, &ssh), 12);
        assert_eq!(frames_per_second(Some(60), &ssh), 60);
        assert_eq!(frames_per_second(Some(0), &ssh), 1);
    }

    #[test]
    fn data_keeps_to_the_rate_and_to_the_budget_and_keys_wait_for_neither() {
        let free = pictures(&mut Pace::new(30, None, false), true, 2, 3300);
        assert!((57..=60).contains(&free), "{free} pictures in two seconds");
        assert!((12..=14).contains(&pictures(&mut Pace::new(30, Some(8000), false), true, 5, 3300)), "40 kB in 5 s");
        let mut pace = Pace::new(30, Some(1000), false);
        pace.drew(ms(0), 5000);
        assert!(pace.may(Why::Key, ms(1)));
        assert_eq!(pace.when(Why::Data, ms(1)), ms(5000));
        pace.drew(ms(1), 0);
        assert_eq!(pace.when(Why::Data, ms(1)), ms(5000), "an unchanged picture costs nothing");
    }

    /// A key's change takes a few milliseconds: its picture does not wait for the rest of a thirtieth of a second, but for the link.
    #[test]
    fn what_a_key_has_changed_waits_for_the_link_alone() {
        let mut pace = Pace::new(30, None, false);
        pace.drew(ms(0), 500);
        pace.answered(ms(1));
        pace.drew(ms(40), 500);
        assert!(!pace.may(Why::Done, ms(41)), "the key's own picture is on its way");
        pace.answered(ms(41));
        assert!(pace.may(Why::Done, ms(41)));
        assert_eq!(pace.when(Why::Data, ms(41)), ms(40) + pace.gap);
        let mut kept = Pace::new(30, Some(1000), false);
        kept.drew(ms(0), 5000);
        kept.answered(ms(1));
        assert!(!kept.may(Why::Done, ms(4999)), "a budget is kept");
    }

    #[test]
    fn a_remote_multiplexer_gets_a_careful_budget() {
        let env = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let tmux = env(&[("SSH_CONNECTION", "1"), ("TMUX", "/tmp/x")]);
        assert_eq!(bytes_per_second(None, &tmux), Some(8000));
        assert_eq!(bytes_per_second(Some(500), &tmux), Some(500));
        assert_eq!(bytes_per_second(None, &env(&[("TMUX", "/tmp/x")])), None);
        assert_eq!(bytes_per_second(None, &env(&[("SSH_TTY", "/dev/pts/1"), ("TERM", "xterm")])), None);
        assert_eq!(bytes_per_second(None, &env(&[("SSH_TTY", "/dev/pts/1"), ("TERM", "screen-256color")])), Some(8000));
    }

    #[test]
    fn the_link_is_measured_by_its_answers() {
        let mut pace = Pace::new(30, None, true);
        assert_eq!(pace.measured(), None);
        pace.drew(ms(0), 30);
        pace.answered(ms(200));
        pace.drew(ms(1000), 3030);
        pace.answered(ms(1500));
        let measured = pace.measured().expect("answers came");
        assert_eq!(measured.round_trip, ms(200));
        assert!((measured.rate.expect("a rate") - 10_000.0).abs() < 1e-6, "{measured:?}");
        let mut mute = Pace::new(30, None, true);
        mute.drew(ms(0), 3000);
        mute.tick(ms(3000));
        mute.drew(ms(3000), 8000);
        assert_eq!(mute.when(Why::Data, ms(3001)), ms(4000), "the careful budget");
    }

    /// Draws whenever it may for 20 s on a link of so many bytes a second and 200 ms there and back: pictures a second, and the
    /// most that were in its queue once the first answers had come.
    fn over(pace: &mut Pace, bytes_per_second: u64, bytes: usize) -> (f64, usize) {
        let (mut queue, mut count, mut most) = (Vec::<Duration>::new(), 0, 0);
        for now in (0..20_000).map(ms) {
            pace.tick(now);
            if pace.may(Why::Data, now) {
                // The first one is whole, no two that follow are alike.
                let bytes = if count == 0 { 4 * bytes } else { bytes / 2 + count % 3 * bytes / 2 };
                pace.drew(now, bytes);
                let takes = Duration::from_micros(1_000_000 * bytes as u64 / bytes_per_second);
                queue.push(queue.last().copied().unwrap_or(now).max(now) + takes);
                count += 1;
            }
            while queue.first().is_some_and(|through| *through + ms(200) <= now) {
                queue.remove(0);
                pace.answered(now);
            }
            if now > ms(3000) {
                most = most.max(queue.iter().filter(|through| **through > now).count());
            }
        }
        (f64::from(u32::try_from(count).expect("few")) / 20.0, most)
    }

    /// Behind `sudo` or on a serial line nothing says that the terminal is far; its answers do.
    #[test]
    fn a_slow_link_is_heard_of_wherever_it_is() {
        let mut pace = Pace::new(30, None, false);
        let (_, most) = over(&mut pace, 10_000, 3000);
        assert_eq!(most, 1);
        let link = pace.measured().expect("it is far");
        assert!(
            link.round_trip == ms(350) && link.rate.is_some_and(|rate| (9000.0..11_000.0).contains(&rate)),
            "{link:?}"
        );
        let mut near = Pace::new(30, None, false);
        near.drew(ms(0), 10);
        near.answered(ms(2));
        assert_eq!(near.measured(), None);
    }

    /// Not a picture a round trip, where the link has room for more; its queue holds one at the most all the same.
    #[test]
    fn a_long_link_with_room_is_not_left_idle() {
        for (rate, least, greatest) in [(10_000, 2.0, 3.5), (50_000, 6.0, 10.5), (1_000_000, 8.0, 10.5)] {
            let (pictures, most) = over(&mut Pace::new(12, None, true), rate, 1000);
            assert!((least..greatest).contains(&pictures) && most <= 1, "{pictures} a second at {rate}, {most} queued");
        }
    }

    #[test]
    fn one_picture_is_on_its_way_and_one_key_may_overtake_it() {
        let mut pace = Pace::new(30, None, true);
        pace.drew(ms(0), 3000);
        pace.answered(ms(200));
        assert!(pace.may(Why::Data, ms(200)), "the shortest answer is the round trip itself");
        pace.drew(ms(200), 3000);
        assert!(!pace.may(Why::Data, ms(450)));
        assert!(pace.may(Why::Key, ms(450)));
        pace.drew(ms(450), 30);
        assert!(!pace.may(Why::Key, ms(460)), "two on their way");
        pace.answered(ms(700));
        assert!(!pace.may(Why::Data, ms(710)), "the key's answer is still to come");
        pace.answered(ms(720));
        assert_eq!(pace.when(Why::Data, ms(720)), ms(720 + 70), "as long again as it took beyond the round trip");
    }

    #[test]
    fn who_never_answers_is_not_asked_and_a_lost_answer_stops_nothing_for_ever() {
        let mut mute = Pace::new(30, None, true);
        mute.drew(ms(0), 10);
        for more in 1..4 {
            assert!(mute.may(Why::Data, ms(100 * more)), "the first pictures may have had no numbers");
            mute.drew(ms(100 * more), 10);
        }
        assert!(mute.may(Why::Key, ms(401)));
        mute.tick(ms(2999));
        assert!(mute.asks() && !mute.may(Why::Data, ms(2999)));
        mute.tick(ms(3000));
        assert!(!mute.asks() && mute.may(Why::Data, ms(3000)));
        assert!(pictures(&mut Pace::new(30, None, true), false, 6, 10) > 80, "small pictures fit the careful budget");

        // On this machine no budget follows; and an answer that comes late is heard.
        let mut here = Pace::new(30, None, false);
        here.drew(ms(0), 100_000);
        here.tick(ms(2000));
        assert!(!here.asks() && here.may(Why::Data, ms(2000)));
        here.drew(ms(2000), 100_000);
        assert_eq!(here.when(Why::Data, ms(2001)), ms(2000) + Duration::from_secs(1) / 30);
        here.answered(ms(2500));
        assert!(here.asks());
        here.drew(ms(2600), 10);
        here.answered(ms(2900));
        assert_eq!(
            here.measured().map(|link| link.round_trip),
            Some(ms(300)),
            "the late one tells of no picture since"
        );

        let mut lost = Pace::new(30, None, true);
        lost.drew(ms(0), 10);
        lost.answered(ms(10));
        lost.drew(ms(100), 10);
        lost.tick(ms(9000));
        assert!(lost.asks() && !lost.may(Why::Data, ms(9000)), "a link that answered is waited for");
        assert!(lost.may(Why::Data, ms(10_100)));
        lost.drew(ms(10_100), 10);
        lost.answered(ms(10_150));
        assert!(lost.may(Why::Data, ms(10_200)), "and only once: the next answer is the next picture's");
        lost.drew(ms(10_200), 10);
        lost.answered(ms(60_000));
        assert!(lost.may(Why::Data, ms(61_000)), "a stall is over a second after it");
        lost.restart(ms(500));
        assert!(lost.may(Why::Data, ms(500)));
    }
}
