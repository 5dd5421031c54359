import { expect, test } from 'vitest';
import { guest, missing, succeed } from './use-testbed.js';

test.skipIf(missing)(
  'a card without and with virtual functions, as host check sees it',
  async () => {
    const script = guest('host-check');
    const { output } = await succeed({ script, hugePages: 64, timeoutMs: 600_000 });
    const parts = output.split(/^== .*\n/m);
    const [, bare = '', whole = '', explained = ''] = parts;
    expect(bare).toContain('ok: iommu: IOMMU on, ');
    expect(bare).toMatch(/ok: cmdline: .*intel_iommu=on iommu=pt hugepages=64\)/);
    expect(bare).toContain('warning: vfio: not loaded: vfio, vfio_pci, vfio_iommu_type1; ');
    expect(bare).toContain('0000:01:00.0 [8086:10c9] without a driver (SR-IOV: 0 of 8 VFs, ');
    // igb itself leaves one out.
    expect(bare).toMatch(
      /warning: nics: no virtual functions are made yet .*give it its own driver/,
    );
    expect(whole).toMatch(
      /ok: nics: 0000:01:00\.0 \[8086:10c9\] igb, eth0 down \(SR-IOV: 4 of 7 VFs \(1 with vfio-pci, 3 with igbvf\), VMDq: 8 \(82576\), IOMMU group \d+\)/,
    );
    expect(whole.match(/: nics: /g)).toHaveLength(2);
    expect(whole).toContain('ok: vfio: vfio modules are loaded (');
    expect(whole).toContain('ok: pages: 2 MiB on node 0: 64 huge pages, 64 free, ');
    expect(whole).toContain('ok: pages: /dev/hugepages: pages of 2 MiB');
    expect(explained).toMatch(/^device-busy: "write error: Device or resource busy"\n/);
  },
);
