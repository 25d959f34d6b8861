//! SGR mouse reports: `CSI < button ; column ; row M` pressed, `m` released. Knows no pane.

/// What was done with a mouse, as far as anything is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The left button was pressed.
    Press,
    /// The wheel was turned, away from or towards the user: −1 up, 1 down.
    Wheel(i32),
}

/// A report: what, and over which cell, counted from the upper left one, 0, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What was done.
    pub deed: Deed,
    /// The cell's column.
    pub column: u16,
    /// Its row.
    pub row: u16,
}

/// Presses and releases alone (1000), by numbers that know no greatest column (1006).
pub(super) const ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// And no more of them.
pub(super) const OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Shift, alt and ctrl are held or not.
const HELD: u16 = 4 | 8 | 16;

/// The report with these parameters, which begin with `<`; none for what means nothing here: releases, motion, other buttons.
pub(super) fn report(parameters: &[u8], last: u8) -> Option<Mouse> {
    let text = std::str::from_utf8(parameters.strip_prefix(b"<")?).ok()?;
    let mut numbers = text.split(';').map(|number| {
        let digits = (1..=5).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        number.parse::<u16>().ok().filter(|_| digits)
    });
    let [button, column, row] = [numbers.next()??, numbers.next()??, numbers.next()??];
    if numbers.next().is_some() || last != b'M' {
        return None;
    }
    let deed = match button & !HELD {
        0 => Deed::Press,
        64 => Deed::Wheel(-1),
        65 => Deed::Wheel(1),
        _ => return None,
    };
    Some(Mouse { deed, column: column.checked_sub(1)?, row: row.checked_sub(1)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reports_are_read_and_what_means_nothing_is_not() {
        let mouse = |deed, column, row| Some(Mouse { deed, column, row });
        let table: [(&[u8], u8, Option<Mouse>); 14] = [
            (b"<0;1;1", b'M', mouse(Deed::Press, 0, 0)),
            (b"<0;250;70", b'M', mouse(Deed::Press, 249, 69)),
            (b"<4;3;2", b'M', mouse(Deed::Press, 2, 1)),
            (b"<64;12;5", b'M', mouse(Deed::Wheel(-1), 11, 4)),
            (b"<81;12;5", b'M', mouse(Deed::Wheel(1), 11, 4)),
            (b"<0;1;1", b'm', None),
            (b"<2;1;1", b'M', None),
            (b"<32;1;1", b'M', None),
            (b"<66;1;1", b'M', None),
            (b"<0;0;1", b'M', None),
            (b"<0;1", b'M', None),
            (b"<0;1;1;1", b'M', None),
            (b"<0;+1;1", b'M', None),
            (b"<0;99999;1", b'M', None),
        ];
        for (parameters, last, wanted) in table {
            assert_eq!(report(parameters, last), wanted, "{}", String::from_utf8_lossy(parameters));
        }
    }

    proptest! {
        #[test]
        fn a_cell_is_the_one_that_was_written(column in 1_u16.., row in 1_u16.., held in 0_u16..8) {
            let text = format!("<{};{column};{row}", held << 2);
            let wanted = Mouse { deed: Deed::Press, column: column - 1, row: row - 1 };
            prop_assert_eq!(report(text.as_bytes(), b'M'), Some(wanted));
        }

        #[test]
        fn anything_is_read_without_a_panic(parameters in prop::collection::vec(0x20_u8..0x40, 0..40), last in any::<u8>()) {
            let _ = report(&parameters, last);
        }
    }
}
