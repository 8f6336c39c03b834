/** Language and appearance. */
import { choose, language, LANGUAGES, words } from '../i18n';
import { Chips } from './input';
import { type Look, useLook } from './theme';

export function LanguageSwitch() {
  const choices = LANGUAGES.map(({ code, name }) => ({ value: code, label: <span lang={code} data-said>{name}</span> }));
  return <Chips label={words.language} value={language} choices={choices} onChange={choose} columns={2} />;
}

export function LookSwitch() {
  const { look, set } = useLook();
  const looks: Look[] = ['system', 'light', 'dark'];
  const choices = looks.map((value) => ({ value, label: words.look[value] }));
  return <Chips label={words.look.name} value={look} choices={choices} onChange={set} columns={3} />;
}
