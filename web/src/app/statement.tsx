/** One account down to each line, and each part with what became of it. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { money } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, Waiting } from '../kit/say';
import { At, Id, Money } from '../kit/show';
import { Card } from './order_cards';
import { accountRoute } from './router';
import { NotFound, Page, useMe } from './shell';

type Account = Schemas['WalletAccount'];
const ACCOUNTS: Account[] = ['paid_beans', 'gift_beans', 'coupons', 'money'];

export function Statement() {
  const { account } = accountRoute.useParams();
  const known = ACCOUNTS.find((one) => one === account);
  return known ? <Of account={known} /> : <NotFound />;
}

function Of({ account }: { account: Account }) {
  const me = useMe();
  const lines = useInfiniteQuery(ask.statement(me.party, account));
  const lots = useQuery(ask.lots(me.party, account));
  const file = (format: string) => `/v1/wallets/${me.party}/statements/${account}/export?format=${format}`;
  return (
    <Page title={words.account[account]} back="/wallet">
      <div className="columns two">
        <Card
          title={app.wallet.statement}
          aside={
            <span className="row" style={{ gap: 4 }}>
              <a className="button plain" href={file('csv')} download>
                CSV
              </a>
              <a className="button plain" href={file('xlsx')} download>
                Excel
              </a>
            </span>
          }
        >
          <Answered of={lines} waiting={<Waiting lines={4} />}>
            {(pages) => {
              const rows = ask.rowsOf(pages);
              if (rows.length === 0) return <Empty title={app.wallet.none} />;
              return (
                <>
                  <ul>
                    {rows.map((line) => (
                      <li key={line.number} className="line-item">
                        <span className="stack tight">
                          <span>{wordFor(words.cause, line.cause)}</span>
                          <span className="small quiet">
                            <At at={line.at} /> · {app.wallet.after} {money(line.balance)}
                          </span>
                        </span>
                        <span className={`strong ${line.amount.amount > 0 ? 'plus' : ''}`}>
                          {line.amount.amount > 0 ? '+' : ''}
                          <Money of={line.amount} />
                        </span>
                      </li>
                    ))}
                  </ul>
                  {lines.hasNextPage ? (
                    <Button kind="wide" busy={lines.isFetchingNextPage} onClick={() => void lines.fetchNextPage()}>
                      {words.do.more}
                    </Button>
                  ) : null}
                </>
              );
            }}
          </Answered>
        </Card>
        <Card title={app.wallet.lots}>
          <Answered of={lots}>
            {({ data }) =>
              data.length === 0 ? (
                <Empty title={app.wallet.none} />
              ) : (
                <ul>
                  {data.map((lot) => (
                    <li key={lot.id} className="line-item" style={{ flexWrap: 'wrap' }}>
                      <span className="stack tight">
                        <span>
                          {words.origin[lot.origin]} <Money of={lot.face} />
                        </span>
                        <span className="small quiet">
                          {app.wallet.remaining} {money(lot.remaining)} · {app.wallet.frozen} {money(lot.held)} · {app.order.used}{' '}
                          {money(lot.used)} · {app.order.returned} {money(lot.returned)}
                        </span>
                        <Id of={lot.id} brief />
                      </span>
                    </li>
                  ))}
                </ul>
              )
            }
          </Answered>
        </Card>
      </div>
    </Page>
  );
}
