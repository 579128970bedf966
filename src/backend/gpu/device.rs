//! A device, its buffers, its errors.

use std::future::Future;
use std::ops::Add;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use wgpu::BufferUsages;

use super::signal::signal;
use super::{GpuError, GpuReport, Setup, Variant};

/// Longer than any step takes: what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same where the CPU plays the GPU, and compiles the shaders at their first use.
const SOFTWARE_PATIENCE: Duration = Duration::from_secs(60);

/// Most invocations in a workgroup of any kernel.
const INVOCATIONS: u32 = 64;
/// Storage buffers of the kernel that has most.
const STORAGE_BUFFERS: u32 = 5;
/// Bytes of workgroup memory of the kernel that takes most.
pub(super) const WORKGROUP_BYTES: u32 = 16_352;

/// A future behind a pointer: its code is there once, and not in all those who wait for it.
pub(in super::super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What a device was asked to do since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GpuCounts {
    /// Command buffers submitted.
    pub submits: u64,
    /// Dispatches in them.
    pub dispatches: u64,
    /// Results read back.
    pub readbacks: u64,
    /// Bytes of them.
    pub read_bytes: u64,
    /// Bytes of all buffers made.
    pub bytes: u64,
}

impl Add for GpuCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            submits: self.submits + other.submits,
            dispatches: self.dispatches + other.dispatches,
            readbacks: self.readbacks + other.readbacks,
            read_bytes: self.read_bytes + other.read_bytes,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// What went wrong outside of any call.
#[derive(Default)]
struct Health {
    lost: OnceLock<String>,
    refused: Mutex<Option<String>>,
}

/// A device with its queue.
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    report: GpuReport,
    health: Arc<Health>,
    tally: Arc<Tally>,
}

/// Counts as they grow.
#[derive(Default)]
pub(in super::super) struct Tally {
    submits: AtomicU64,
    dispatches: AtomicU64,
    readbacks: AtomicU64,
    read_bytes: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    /// So far.
    pub fn counts(&self) -> GpuCounts {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        GpuCounts {
            submits: get(&self.submits),
            dispatches: get(&self.dispatches),
            readbacks: get(&self.readbacks),
            read_bytes: get(&self.read_bytes),
            bytes: get(&self.bytes),
        }
    }
}

impl Gpu {
    /// The best adapter's device.
    ///
    /// # Errors
    /// [`GpuError`], where there is no adapter or it can do too little.
    pub async fn connect() -> Result<Self, GpuError> {
        Self::connect_within(u64::MAX, &Setup::default()).await
    }

    /// As [`connect`](Self::connect), binding no more than `max_binding` bytes at once, as `setup` says.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_within<'a>(max_binding: u64, setup: &'a Setup<'_>) -> Boxed<'a, Result<Self, GpuError>> {
        Box::pin(Self::connect_now(max_binding, setup))
    }

    /// What the best adapter is and can do; no device is made.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], or [`GpuError::Limit`] where it can do too little.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn find(setup: &Setup<'_>) -> Result<GpuReport, GpuError> {
        Ok(adapter(u64::MAX, setup).await?.1)
    }

    async fn connect_now(max_binding: u64, setup: &Setup<'_>) -> Result<Self, GpuError> {
        let (adapter, report, limits) = adapter(max_binding, setup).await?;
        // nothing beyond the defaults but larger buffers and what the kernels are written with; less where the adapter has less
        let mut wanted = wgpu::Limits::defaults().or_worse_values_from(&limits);
        wanted.max_storage_buffer_binding_size = limits.max_storage_buffer_binding_size;
        wanted.max_buffer_size = limits.max_buffer_size;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("prox"),
            required_features: report.variant.features(),
            required_limits: wanted,
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|e| GpuError::NoDevice { adapter: report.adapter.clone(), reason: e.to_string() })?;
        let health = Arc::new(Health::default());
        let heard = Arc::clone(&health);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            heard.refused.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error.to_string());
        }));
        let heard = Arc::clone(&health);
        device.set_device_lost_callback(move |reason, message| {
            // the first reason is the cause
            let _ = heard.lost.set(format!("{reason:?} {message}").trim_end().to_owned());
        });
        Ok(Self { device, queue, report, health, tally: Arc::default() })
    }

    /// What the adapter is and can do.
    pub fn report(&self) -> &GpuReport {
        &self.report
    }

    /// Notes why it runs no others than it runs.
    pub(super) fn step_down(&mut self, from: Variant, error: &GpuError) {
        self.report.stepped_down = Some(format!("with {from} {error}"));
    }

    /// What was done so far.
    pub fn counts(&self) -> GpuCounts {
        self.tally.counts()
    }

    /// The counts, for those who outlive the device.
    pub(in super::super) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Bytes of the driver's memory that buffers of this device take now, where the driver can tell.
    pub fn allocated_bytes(&self) -> Option<u64> {
        self.device.generate_allocator_report().map(|report| report.total_allocated_bytes)
    }

    /// Gives the device up, as its loss would; every later step fails with [`GpuError::Lost`].
    pub fn destroy(&self) {
        self.device.destroy();
    }

    pub(super) fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// What went wrong so far, if anything.
    pub(super) fn health(&self) -> Result<(), GpuError> {
        if let Some(reason) = self.health.lost.get() {
            return Err(GpuError::Lost { reason: reason.clone() });
        }
        match &*self.health.refused.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(reason) => Err(GpuError::Refused { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Runs `make`, which makes buffers and pipelines, and gives the errors of that.
    pub(super) async fn checked<T>(&self, make: impl FnOnce() -> Result<T, GpuError>) -> Result<T, GpuError> {
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let made = make();
        let (memory, validation) = (memory.pop(), validation.pop());
        if let Some(error) = memory.await {
            let bytes = self.tally.bytes.load(Ordering::Relaxed);
            return Err(GpuError::OutOfMemory { bytes, reason: error.to_string() });
        }
        if let Some(error) = validation.await {
            self.health()?;
            return Err(GpuError::Refused { reason: error.to_string() });
        }
        made
    }

    /// A buffer of so many floats or integers, at least one, that kernels read and write.
    pub(super) fn storage(&self, what: &str, len: usize) -> Result<wgpu::Buffer, GpuError> {
        let size = (len.max(1) as u64).saturating_mul(4);
        let limit = self.report.max_binding.min(self.report.max_buffer);
        if size > limit {
            return Err(GpuError::TooLarge { what: what.into(), bytes: size, limit });
        }
        Ok(self.buffer(what, size, BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC))
    }

    /// A buffer that holds these numbers.
    pub(super) fn upload<T: bytemuck::NoUninit>(&self, what: &str, data: &[T]) -> Result<wgpu::Buffer, GpuError> {
        let buffer = self.storage(what, size_of_val(data).div_ceil(4))?;
        self.write(&buffer, data);
        Ok(buffer)
    }

    /// A uniform buffer that holds these numbers.
    pub(super) fn uniform(&self, what: &str, data: &[u32]) -> wgpu::Buffer {
        let buffer = self.buffer(what, size_of_val(data) as u64, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        self.write(&buffer, data);
        buffer
    }

    /// A buffer that results are read from.
    pub(super) fn staging(&self, len: usize) -> wgpu::Buffer {
        self.buffer("staging", (len.max(1) * 4) as u64, BufferUsages::MAP_READ | BufferUsages::COPY_DST)
    }

    fn buffer(&self, what: &str, size: u64, usage: BufferUsages) -> wgpu::Buffer {
        self.tally.bytes.fetch_add(size, Ordering::Relaxed);
        self.device.create_buffer(&wgpu::BufferDescriptor { label: Some(what), size, usage, mapped_at_creation: false })
    }

    /// Writes from the start of a buffer on.
    pub(super) fn write<T: bytemuck::NoUninit>(&self, buffer: &wgpu::Buffer, data: &[T]) {
        if !data.is_empty() {
            self.queue.write_buffer(buffer, 0, bytemuck::cast_slice(data));
        }
    }

    /// Sends off what was written: uploads do not pile up in memory.
    pub(super) fn flush(&self) {
        self.queue.submit([]);
    }

    /// Submits what `record` encodes, copies `results` to the staging buffer one after the other, and reads them.
    pub(super) async fn run(
        &self,
        dispatches: u64,
        record: impl FnOnce(&mut wgpu::CommandEncoder),
        results: &[(&wgpu::Buffer, usize)],
        staging: &wgpu::Buffer,
    ) -> Result<Vec<f32>, GpuError> {
        self.health()?;
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("step") });
        record(&mut encoder);
        let mut size = 0;
        for (buffer, len) in results {
            let bytes = (len * 4) as u64;
            encoder.copy_buffer_to_buffer(buffer, 0, staging, size, bytes);
            size += bytes;
        }
        self.queue.submit([encoder.finish()]);
        self.tally.submits.fetch_add(1, Ordering::Relaxed);
        self.tally.dispatches.fetch_add(dispatches, Ordering::Relaxed);
        self.come_back(staging, size).await
    }

    /// Waits for what was submitted, and reads so many bytes of the staging buffer.
    fn come_back<'a>(&'a self, staging: &'a wgpu::Buffer, size: u64) -> Boxed<'a, Result<Vec<f32>, GpuError>> {
        Box::pin(self.come_back_now(staging, size))
    }

    async fn come_back_now(&self, staging: &wgpu::Buffer, size: u64) -> Result<Vec<f32>, GpuError> {
        if size == 0 {
            // what is not waited for here would count against the patience of the next step
            self.done().await?;
            return self.health().map(|()| Vec::new());
        }
        self.tally.readbacks.fetch_add(1, Ordering::Relaxed);
        self.tally.read_bytes.fetch_add(size, Ordering::Relaxed);
        self.read(staging, size).await
    }

    fn patience(&self) -> Duration {
        if self.report.software { SOFTWARE_PATIENCE } else { PATIENCE }
    }

    /// Waits for all that was submitted.
    #[cfg(not(target_arch = "wasm32"))]
    fn wait(&self) -> Result<(), GpuError> {
        let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(self.patience()) };
        if self.device.poll(wait).is_err() {
            self.health()?;
            return Err(GpuError::Timeout { seconds: self.patience().as_secs() });
        }
        Ok(())
    }

    /// Waits for all that was submitted.
    async fn done(&self) -> Result<(), GpuError> {
        #[cfg(not(target_arch = "wasm32"))]
        return self.wait();
        #[cfg(target_arch = "wasm32")]
        {
            let (sender, receiver) = signal();
            self.queue.on_submitted_work_done(move || sender.send(()));
            let done = super::clock::within(self.patience(), receiver.wait()).await;
            self.health()?;
            done.ok_or(GpuError::Timeout { seconds: self.patience().as_secs() })
        }
    }

    async fn read(&self, staging: &wgpu::Buffer, size: u64) -> Result<Vec<f32>, GpuError> {
        let (sender, receiver) = signal();
        staging.map_async(wgpu::MapMode::Read, 0..size, move |result| sender.send(result));
        #[cfg(not(target_arch = "wasm32"))]
        let mapped = {
            self.wait()?;
            receiver.take()
        };
        #[cfg(target_arch = "wasm32")]
        let mapped = match super::clock::within(self.patience(), receiver.wait()).await {
            None => {
                self.health()?;
                return Err(GpuError::Timeout { seconds: self.patience().as_secs() });
            }
            mapped => mapped,
        };
        self.health()?;
        let lost = |reason: &str| GpuError::Lost { reason: reason.into() };
        mapped.ok_or_else(|| lost("no answer to a readback"))?.map_err(|e| lost(&e.to_string()))?;
        let view = staging.get_mapped_range(0..size).map_err(|e| lost(&e.to_string()))?;
        let out = bytemuck::pod_collect_to_vec(&view);
        drop(view);
        staging.unmap();
        Ok(out)
    }
}

/// In browsers a device outlives its last handle until somebody collects the garbage.
#[cfg(target_arch = "wasm32")]
impl Drop for Gpu {
    fn drop(&mut self) {
        self.device.destroy();
    }
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gpu").field("report", &self.report).finish_non_exhaustive()
    }
}

/// Drivers keep something of every instance that they are asked for, so there is one.
#[cfg(not(target_arch = "wasm32"))]
fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE.get_or_init(new_instance)
}

#[cfg(target_arch = "wasm32")]
fn instance() -> wgpu::Instance {
    new_instance()
}

fn new_instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    wgpu::Instance::new(descriptor)
}

/// The best adapter, what it is and can do, and its limits.
async fn adapter(max_binding: u64, setup: &Setup<'_>) -> Result<(wgpu::Adapter, GpuReport, wgpu::Limits), GpuError> {
    let instance = instance();
    let options = wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
    let adapter = instance.request_adapter(&options).await.map_err(|e| GpuError::NoAdapter { reason: e.to_string() })?;
    let (info, mut limits) = (adapter.get_info(), adapter.limits());
    limits.max_storage_buffer_binding_size = limits.max_storage_buffer_binding_size.min(max_binding);
    check(&limits)?;
    let variant = Variant::of(&info, adapter.features(), setup.variant);
    let report = GpuReport::new(&info, &limits, adapter.features(), setup.identity.as_ref(), variant);
    Ok((adapter, report, limits))
}

/// What every kernel needs.
fn check(limits: &wgpu::Limits) -> Result<(), GpuError> {
    let needed = [
        ("maxStorageBuffersPerShaderStage", limits.max_storage_buffers_per_shader_stage, STORAGE_BUFFERS),
        ("maxComputeInvocationsPerWorkgroup", limits.max_compute_invocations_per_workgroup, INVOCATIONS),
        ("maxComputeWorkgroupSizeX", limits.max_compute_workgroup_size_x, INVOCATIONS),
        ("maxComputeWorkgroupStorageSize", limits.max_compute_workgroup_storage_size, WORKGROUP_BYTES),
    ];
    for (limit, found, wanted) in needed {
        if found < wanted {
            return Err(GpuError::Limit { limit, found: found.into(), wanted: wanted.into() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::connect;
    use super::*;

    #[test]
    fn a_device_reports_itself_and_reads_back_what_was_written() {
        let gpu = connect();
        assert!(!gpu.report().adapter.is_empty() && gpu.report().max_binding >= 128 << 20, "{}", gpu.report());
        let numbers = [1.5f32, -2.0, 3.25];
        let buffer = gpu.upload("numbers", &numbers).unwrap();
        let staging = gpu.staging(3);
        let found = pollster::block_on(gpu.run(0, |_| {}, &[(&buffer, 2), (&buffer, 1)], &staging)).unwrap();
        assert_eq!(found, [1.5, -2.0, 1.5]);
        assert_eq!((gpu.counts().submits, gpu.counts().readbacks, gpu.counts().bytes), (1, 1, 24));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let gpu = pollster::block_on(Gpu::connect_within(1 << 10, &Setup::default())).unwrap();
        let error = gpu.storage("a table", 257).unwrap_err();
        assert_eq!(error.to_string(), "a table takes 1028 bytes, the adapter binds at most 1024");
        let mut limits = wgpu::Limits::defaults();
        limits.max_storage_buffers_per_shader_stage = 4;
        let error = check(&limits).unwrap_err();
        assert_eq!(error.to_string(), "the adapter's limit maxStorageBuffersPerShaderStage is 4, 5 are needed");
    }

    #[test]
    fn errors_of_the_driver_are_typed() {
        let gpu = connect();
        let bad = |gpu: &Gpu| {
            // a uniform buffer can't be mapped for reading
            gpu.buffer("bad", 16, BufferUsages::UNIFORM | BufferUsages::MAP_READ);
            Ok(())
        };
        let error = pollster::block_on(gpu.checked(|| bad(&gpu))).unwrap_err();
        assert!(matches!(error, GpuError::Refused { .. }), "{error}");
        gpu.health().unwrap();
        bad(&gpu).unwrap();
        assert!(matches!(gpu.health(), Err(GpuError::Refused { .. })));
    }

    #[test]
    fn a_destroyed_device_says_that_it_is_lost() {
        let gpu = connect();
        let buffer = gpu.upload("numbers", &[1f32]).unwrap();
        let staging = gpu.staging(1);
        let run = || pollster::block_on(gpu.run(0, |_| {}, &[(&buffer, 1)], &staging));
        run().unwrap();
        gpu.destroy();
        for _ in 0..2 {
            let error = run().unwrap_err();
            assert!(matches!(error, GpuError::Lost { .. }), "{error}");
        }
    }
}
