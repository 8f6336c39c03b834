/** A sheet from below on a phone, a panel from the side on a desk. Focus stays inside and returns where it was. */
import { Drawer } from 'antd';
import { type PropsWithChildren, type ReactNode, useSyncExternalStore } from 'react';
import { words } from '../i18n';

const wide = matchMedia('(min-width: 760px)');
const listen = (told: () => void) => {
  wide.addEventListener('change', told);
  return () => wide.removeEventListener('change', told);
};
export const useWide = () => useSyncExternalStore(listen, () => wide.matches);

export function Sheet({
  title,
  open,
  onClose,
  footer,
  size,
  children,
}: PropsWithChildren<{ title: string; open: boolean; onClose: () => void; footer?: ReactNode; size?: number }>) {
  const side = useWide();
  return (
    <Drawer
      title={title}
      open={open}
      onClose={onClose}
      placement={side ? 'right' : 'bottom'}
      size={side ? (size ?? 440) : 'auto'}
      closable={{ 'aria-label': words.do.close, placement: 'end' }}
      destroyOnHidden
      footer={footer}
      rootClassName={side ? 'sheet side' : 'sheet below'}
    >
      {children}
    </Drawer>
  );
}
