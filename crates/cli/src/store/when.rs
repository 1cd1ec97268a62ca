//! Times as people read them.

const MS_OF_DAY: i64 = 86_400_000;

/// The first millisecond of the year 10000.
const END: i64 = 253_402_300_800_000;

/// A time in milliseconds since 1970 as a day and a time of that day in UTC, to the second; as the number where that is before 1970, or
/// of a year of more than four digits.
pub(super) fn when(ms: i64) -> String {
    if !(0..END).contains(&ms) {
        return format!("{ms} ms");
    }
    let (mut day, second) = (ms / MS_OF_DAY, ms % MS_OF_DAY / 1000);
    let mut year = 1970;
    while day >= days_of_year(year) {
        day -= days_of_year(year);
        year += 1;
    }
    let february = days_of_year(year) - 337;
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    let [hour, minute, second] = [second / 3600, second / 60 % 60, second % 60];
    format!(
        "{year}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC",
        day + 1
    )
}

fn days_of_year(year: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if is_leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (ms, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399_999, "2000-02-28 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_795_376_139_778, "2026-11-22 19:35:39 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
            (END - 1, "9999-12-31 23:59:59 UTC"),
            (END, "253402300800000 ms"),
            (-1, "-1 ms"),
        ] {
            assert_eq!(when(ms), expected);
        }
    }
}
