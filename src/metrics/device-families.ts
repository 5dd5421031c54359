/** Metrics of ports that are devices: the card's own counters, its link, its pools and filters. */
import type { DeviceInfo } from '../contract/types.js';
import { bit, type Family, known, label, ofPortStats, type Row, type Sample } from './family.js';

/** Devices with the port that each is; a switch of an earlier version does not say which. */
function devicesOf({ info }: Sample): (DeviceInfo & { of: string })[] {
  return (info.devices ?? []).flatMap((one) =>
    one.of === undefined ? [] : { ...one, of: one.of },
  );
}

function ofDevice(
  type: Family['type'],
  name: string,
  help: string,
  value: (device: DeviceInfo) => number | undefined,
): Family {
  const rows = (sample: Sample) => devicesOf(sample).flatMap((one) => known(value(one), one.of));
  return { type, name, help, labels: ['port'], rows };
}

/** A counter of the card itself. */
function ofNic(name: string, help: string, key: string): Family {
  return ofPortStats('counter', name, help, ({ nic }) => nic?.[key]);
}

function ofMembers(
  name: string,
  help: string,
  value: (member: NonNullable<DeviceInfo['members']>[number]) => number,
): Family {
  const rows = (sample: Sample) =>
    devicesOf(sample).flatMap(({ of, members = [] }) =>
      members.map((member): Row => [value(member), of, member.name]),
    );
  return { type: 'gauge', name, help, labels: ['port', 'member'], rows };
}

export const deviceFamilies: readonly Family[] = [
  {
    type: 'gauge',
    name: 'vmlane_device_info',
    help: 'What a device is, and who assigns its frames to guests; always 1',
    labels: ['port', 'device', 'driver', 'mac', 'classification', 'node'],
    rows: (sample) =>
      devicesOf(sample).map((one) => [
        1,
        ...[one.of, one.name, one.driver, one.mac, one.classification, label(one.node)],
      ]),
  },
  ofDevice('gauge', 'vmlane_device_link_up', '1: a device has a link', ({ link }) =>
    bit(link === 'up'),
  ),
  ofDevice('gauge', 'vmlane_device_mtu_bytes', 'MTU of a device', ({ mtu }) => mtu),
  ofDevice('gauge', 'vmlane_device_pools', 'VMDq pools of a device', ({ pools }) => pools),
  ofDevice(
    'gauge',
    'vmlane_device_filters',
    'Addresses behind other ports that a device was given',
    ({ filters }) => filters,
  ),
  ofDevice(
    'counter',
    'vmlane_device_filters_missed_total',
    'Addresses for which a device had no room, each time one was offered',
    ({ filters_missed: missed }) => missed,
  ),
  ofNic(
    'vmlane_device_receive_packets_total',
    'Frames that a device itself received',
    'rx_packets',
  ),
  ofNic('vmlane_device_transmit_packets_total', 'Frames that a device itself sent', 'tx_packets'),
  ofNic(
    'vmlane_device_receive_missed_total',
    'Frames that a device lost because nobody emptied its ring in time',
    'rx_missed',
  ),
  ofNic('vmlane_device_receive_errors_total', 'Frames that arrived damaged', 'rx_errors'),
  ofNic(
    'vmlane_device_receive_no_buffer_total',
    'How often a device had no buffer for a frame',
    'rx_no_buffer',
  ),
  ofNic('vmlane_device_transmit_errors_total', 'Frames that a device failed to send', 'tx_errors'),
  ofMembers('vmlane_device_member_link_up', '1: a member of a bond has a link', ({ link }) =>
    bit(link === 'up'),
  ),
  ofMembers(
    'vmlane_device_member_active',
    '1: frames go to a member of a bond and come from there',
    ({ active }) => bit(active),
  ),
];
