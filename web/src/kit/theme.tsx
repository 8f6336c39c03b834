/** Light or dark: the system's choice unless the person made one. */
import { ConfigProvider, theme as antd } from 'antd';
import type { Locale } from 'antd/es/locale';
import { createContext, type PropsWithChildren, useContext, useEffect, useLayoutEffect, useMemo, useState } from 'react';

export type Look = 'system' | 'light' | 'dark';
const KEPT = 'tuiliu.look';
const darkSystem = matchMedia('(prefers-color-scheme: dark)');

const Looks = createContext<{ look: Look; dark: boolean; set(look: Look): void }>({
  look: 'system',
  dark: false,
  set: () => undefined,
});
export const useLook = () => useContext(Looks);

function kept(): Look {
  const look = localStorage.getItem(KEPT);
  return look === 'light' || look === 'dark' ? look : 'system';
}

/** Before the first paint, so that nothing flashes. */
export function paint(): void {
  const look = kept();
  const dark = look === 'dark' || (look === 'system' && darkSystem.matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
}

const FONT = 'system-ui,"PingFang SC","HarmonyOS Sans SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif';

export function Theme({ locale, compact, children }: PropsWithChildren<{ locale: Locale; compact?: boolean }>) {
  const [look, setLook] = useState(kept);
  const [system, setSystem] = useState(darkSystem.matches);
  useEffect(() => {
    const follow = () => setSystem(darkSystem.matches);
    darkSystem.addEventListener('change', follow);
    return () => darkSystem.removeEventListener('change', follow);
  }, []);
  const dark = look === 'dark' || (look === 'system' && system);
  // Before anything draws with the colours that follow from it.
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }, [dark]);
  const context = useMemo(() => {
    const set = (next: Look) => {
      localStorage.setItem(KEPT, next);
      setLook(next);
    };
    return { look, dark, set };
  }, [look, dark]);
  const token = {
    fontFamily: FONT,
    colorPrimary: '#d6244a',
    colorInfo: dark ? '#86b5ff' : '#0b4fb3',
    colorError: dark ? '#ff8ea6' : '#b0122f',
    colorLink: dark ? '#ff8ea6' : '#b0122f',
    colorTextBase: dark ? '#ececf0' : '#1c1c1f',
    colorTextSecondary: dark ? '#a3a3ad' : '#5f5f66',
    colorTextDescription: dark ? '#a3a3ad' : '#5f5f66',
    colorTextPlaceholder: dark ? '#9a9aa4' : '#6a6a72',
    colorBgContainer: dark ? '#1b1b1e' : '#ffffff',
    colorBgElevated: dark ? '#232327' : '#ffffff',
    colorBorderSecondary: dark ? '#34343a' : '#e4e4e9',
    borderRadius: 10,
    fontSize: compact ? 14 : 15,
    motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
  };
  const algorithm = dark ? antd.darkAlgorithm : antd.defaultAlgorithm;
  return (
    <Looks.Provider value={context}>
      <ConfigProvider locale={locale} theme={{ algorithm, token, hashed: false }}>
        {children}
      </ConfigProvider>
    </Looks.Provider>
  );
}
