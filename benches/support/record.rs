//! Times of single runs, taken while Criterion measures, and what they say about growth.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Throughput};

/// Bytes in a megabyte, as in MB/s.
pub const MB: usize = 1_000_000;

/// What was measured under one name.
pub struct Case {
    pub name: String,
    pub parameter: String,
    /// What the time should be proportional to, for the name: bytes of text, or statements.
    pub amount: usize,
    /// Bytes that the rate counts.
    pub bytes: usize,
    /// Of each run, warm-up and all.
    seconds: Vec<f64>,
}

impl Case {
    fn median(&self) -> f64 {
        median(self.seconds.clone())
    }
}

/// All cases in the order in which they were measured.
#[derive(Default)]
pub struct Record {
    pub cases: Vec<Case>,
}

impl Record {
    /// Has Criterion measure `run`, and notes its times.
    pub fn measure<T>(
        &mut self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        (name, parameter): (&str, &str),
        (amount, bytes): (usize, usize),
        mut run: impl FnMut() -> T,
    ) {
        let mut seconds = Vec::new();
        group.throughput(Throughput::BytesDecimal(bytes as u64));
        group.bench_function(BenchmarkId::new(name, parameter), |bencher| {
            bencher.iter_custom(|runs| {
                (0..runs)
                    .map(|_| {
                        let start = Instant::now();
                        black_box(run());
                        let time = start.elapsed();
                        seconds.push(time.as_secs_f64());
                        time
                    })
                    .sum::<Duration>()
            });
        });
        // Nothing ran where the filter of the command line leaves the case out.
        if !seconds.is_empty() {
            self.cases.push(Case { name: name.into(), parameter: parameter.into(), amount, bytes, seconds });
        }
    }

    /// Whether a case was measured.
    pub fn has(&self, name: &str, parameter: &str) -> bool {
        self.cases.iter().any(|case| case.name == name && case.parameter == parameter)
    }

    /// The cases of each name that has several, in the order of their amounts.
    fn series(&self) -> Vec<Vec<&Case>> {
        let mut series: Vec<Vec<&Case>> = Vec::new();
        for case in &self.cases {
            match series.iter_mut().find(|cases| cases[0].name == case.name) {
                Some(cases) => cases.push(case),
                None => series.push(vec![case]),
            }
        }
        series.retain(|cases| cases.len() > 1);
        series
    }

    /// Prints a table of all cases and what it says about growth.
    pub fn print(&self) {
        println!("\n{:34} {:>18} {:>11} {:>9}", "case", "amount", "median ms", "MB/s");
        for case in &self.cases {
            let (median, rate) = (case.median(), case.bytes as f64 / MB as f64 / case.median());
            println!("{:34} {:>18} {:>11.3} {rate:>9.0}", case.name, case.parameter, median * 1e3);
        }
        println!("\nGrowth: nanoseconds per byte or statement by least squares over all amounts, and between neighbours.");
        println!("Linear means that those between neighbours stay the same.\n");
        println!("{:34} {:>10}   between neighbours", "case", "slope");
        for cases in self.series() {
            let points: Vec<(f64, f64)> = cases.iter().map(|case| (case.amount as f64, case.median() * 1e9)).collect();
            let steps: Vec<String> = points.windows(2).map(|pair| format!("{:.3}", slope(pair))).collect();
            print!("{:34} {:>10.3}   {}", cases[0].name, slope(&points), steps.join(", "));
            // All the work is in proportion to the text here, so that the times themselves can be compared.
            if cases.iter().all(|case| case.amount == case.bytes) {
                let per_byte = |case: &Case| case.median() / case.bytes as f64;
                let first = per_byte(cases[0]);
                let factors: Vec<String> =
                    cases[1..].iter().map(|case| format!("{:.2} at {}", per_byte(case) / first, case.parameter)).collect();
                print!("   (time per byte against the smallest: {})", factors.join(", "));
            }
            println!();
        }
    }
}

/// The middle one of `seconds`, which are not empty.
pub fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Slope of the least-squares line through `points`.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let covariance: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    covariance / variance
}
