//! In which order runs of cells are drawn, so that the ways between them are short. Knows no cell.

use super::way::Way;
use ratatui::layout::Position;

/// Ways of no more bytes than this are left as they are.
const SHORT: i32 = 3;
/// So many runs in a row are tried elsewhere: of 3.1 kB of ways in a picture of 200 × 60 this takes 80 bytes, longer rows 10 more.
const ROW: usize = 4;

/// Where a run begins, and where the cursor stands after it if that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub at: Position,
    pub end: Option<Position>,
}

/// The stops' numbers, from `start` on: the nearest first; then a few in a row after a long way go where they fit best.
pub(super) fn route(start: Option<Position>, stops: &[Stop], width: u16) -> Vec<usize> {
    let way = |from: Option<usize>, to: Option<usize>| {
        let from = from.map_or(start, |from| stops[from].end);
        to.map_or(0, |to| i32::from(Way::between(from, stops[to].at, width).bytes()))
    };
    let mut left: Vec<usize> = (0..stops.len()).collect();
    let mut order: Vec<usize> = Vec::with_capacity(stops.len());
    while let Some(next) = (0..left.len()).min_by_key(|next| way(order.last().copied(), Some(left[*next]))) {
        order.push(left.remove(next));
    }
    for length in 1..=ROW.min(stops.len()) {
        for from in 0..=order.len() - length {
            if way(from.checked_sub(1).map(|before| order[before]), Some(order[from])) > SHORT {
                let row: Vec<usize> = order.drain(from..from + length).collect();
                let longer = |at: usize| {
                    let (before, after) = (at.checked_sub(1).map(|before| order[before]), order.get(at).copied());
                    way(before, row.first().copied()) + way(row.last().copied(), after) - way(before, after)
                };
                let best = (0..=order.len()).min_by_key(|at| (longer(*at), at.abs_diff(from))).unwrap_or(from);
                order.splice(best..best, row);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(places: &[(u16, u16)]) -> Vec<Stop> {
        let stop = |(x, y)| Stop { at: Position { x, y }, end: Some(Position { x: x + 1, y }) };
        places.iter().copied().map(stop).collect()
    }

    /// Two columns go down one after the other, and what the nearest leaves behind is fetched on the way.
    #[test]
    fn columns_are_gone_down_and_all_is_visited_once() {
        let columns = stops(&[(2, 1), (60, 1), (2, 2), (60, 2), (2, 3), (60, 3)]);
        assert_eq!(route(None, &columns, 80), [0, 2, 4, 1, 3, 5]);
        // The nearest is the next one down, each time; the one aside costs less along its row than as the last.
        let aside = stops(&[(0, 0), (0, 1), (40, 1), (0, 2), (0, 3)]);
        assert_eq!(route(None, &aside, 80), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn nothing_is_no_route() {
        assert!(route(None, &[], 80).is_empty());
    }
}
