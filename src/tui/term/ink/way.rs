//! The shortest way for the cursor from one cell to another. Knows no pen and no picture.

use ratatui::layout::Position;

/// How the cursor gets to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Told the cell.
    Absolute(Position),
    /// So many line feeds, then along the row. Raw mode turns a feed into nothing else, and the cell aimed at is a row of the
    /// screen: nothing scrolls.
    Down(u16, Along),
}

/// Along a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Right(u16),
    Left(u16),
    /// To the row's beginning and so many cells on.
    Return(u16),
    /// From the place after the last column to the last column.
    Edge,
}

impl Way {
    /// From a known place or none. `from.x` may equal the width: the next character would wrap, and terminals differ in what a
    /// step back from there is. A return is safe, and so is a step back and one forward: no terminal goes beyond the last column.
    pub fn between(from: Option<Position>, to: Position, width: u16) -> Self {
        let absolute = Self::Absolute(to);
        let Some((from, down)) = from.and_then(|from| Some((from, to.y.checked_sub(from.y)?))) else { return absolute };
        let side = if from.x <= to.x { Along::Right(to.x - from.x) } else { Along::Left(from.x - to.x) };
        let side = match (from.x < width, to.x + 1 == width) {
            (true, _) => side,
            (false, true) => Along::Edge,
            (false, false) => Along::Return(to.x),
        };
        let along = side.shorter(Along::Return(to.x));
        let relative = Self::Down(down, along);
        if relative.bytes() < absolute.bytes() { relative } else { absolute }
    }

    /// How long it is.
    pub fn bytes(self) -> u16 {
        match self {
            Self::Absolute(Position { x: 0, y: 0 }) => 3,
            Self::Absolute(Position { x: 0, y }) => 3 + digits(y + 1),
            Self::Absolute(Position { x, y }) => 4 + digits(y + 1) + digits(x + 1),
            Self::Down(down, along) => down + along.bytes(),
        }
    }

    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Absolute(Position { x: 0, y: 0 }) => out.extend(b"\x1b[H"),
            Self::Absolute(Position { x: 0, y }) => out.extend(format!("\x1b[{}H", y + 1).bytes()),
            Self::Absolute(Position { x, y }) => out.extend(format!("\x1b[{};{}H", y + 1, x + 1).bytes()),
            Self::Down(down, along) => {
                // A return first: after the last column a feed alone may mean another thing.
                if let Along::Return(_) = along {
                    out.push(b'\r');
                }
                out.extend((0..down).map(|_| b'\n'));
                match along {
                    Along::Right(steps) | Along::Return(steps) => sequence(steps, b'C', out),
                    Along::Left(steps) if along.bytes() == steps => out.extend((0..steps).map(|_| b'\x08')),
                    Along::Left(steps) => sequence(steps, b'D', out),
                    Along::Edge => out.extend(b"\x08\x1b[C"),
                }
            }
        }
    }
}

impl Along {
    fn bytes(self) -> u16 {
        match self {
            Self::Right(steps) => stepped(steps),
            Self::Left(steps) => steps.min(stepped(steps)),
            Self::Return(steps) => 1 + stepped(steps),
            Self::Edge => 4,
        }
    }

    fn shorter(self, other: Self) -> Self {
        if self.bytes() <= other.bytes() { self } else { other }
    }
}

/// Bytes of so many steps by one sequence.
fn stepped(steps: u16) -> u16 {
    match steps {
        0 => 0,
        1 => 3,
        _ => 3 + digits(steps),
    }
}

fn sequence(steps: u16, letter: u8, out: &mut Vec<u8>) {
    match steps {
        0 => {}
        1 => out.extend([b'\x1b', b'[', letter]),
        _ => out.extend(format!("\x1b[{steps}{}", char::from(letter)).bytes()),
    }
}

fn digits(number: u16) -> u16 {
    if number < 10 { 1 } else { 1 + digits(number / 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(from: Option<(u16, u16)>, to: (u16, u16)) -> Vec<u8> {
        let way = Way::between(from.map(Position::from), to.into(), 120);
        let mut out = Vec::new();
        way.write(&mut out);
        assert_eq!(out.len(), usize::from(way.bytes()), "{way:?}");
        out
    }

    type Case = (Option<(u16, u16)>, (u16, u16), &'static [u8]);

    #[test]
    fn the_shortest_way_is_taken() {
        let cases: [Case; 14] = [
            (None, (0, 0), b"\x1b[H"),
            (None, (0, 9), b"\x1b[10H"),
            (None, (4, 1), b"\x1b[2;5H"),
            (Some((7, 3)), (7, 3), b""),
            (Some((7, 3)), (8, 3), b"\x1b[C"),
            (Some((7, 3)), (57, 3), b"\x1b[50C"),
            (Some((8, 3)), (7, 4), b"\n\x08"),
            (Some((90, 3)), (70, 3), b"\x1b[20D"),
            (Some((90, 3)), (0, 4), b"\r\n"),
            (Some((110, 12)), (2, 13), b"\r\n\x1b[2C"),
            (Some((90, 3)), (2, 5), b"\x1b[6;3H"),
            (Some((90, 4)), (90, 3), b"\x1b[4;91H"),
            (Some((120, 3)), (119, 4), b"\n\x08\x1b[C"),
            (Some((120, 3)), (118, 4), b"\x1b[5;119H"),
        ];
        for (from, to, bytes) in cases {
            assert_eq!(way(from, to), bytes, "{from:?} to {to:?}");
        }
    }
}
