//! What the kernel tells of another process.

/// The largest resident memory of a process so far, in bytes.
pub fn peak_memory(pid: u32) -> Option<u64> {
    field(pid, "VmHWM:")
}

/// The resident memory of a process now, in bytes.
pub fn memory(pid: u32) -> Option<u64> {
    field(pid, "VmRSS:")
}

fn field(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Processor time that a process has used, in seconds (hundredths, as the kernel counts).
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}
