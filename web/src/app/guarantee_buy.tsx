/** Buying guarantees: creators with what is promised of each, what it costs and what that rests on. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ask as send, freshKey, once, Refused, type Schemas } from '../api/client';
import * as offers from '../api/offers';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { count, date, money, share, short } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../kit/say';
import { Face, Money, Said } from '../kit/show';
import { Page, useMe } from './shell';

/** One purchase covers at most so many. */
const MOST = 20;
type Named = Schemas['GuaranteeCreator'];

export function GuaranteeBuy() {
  const me = useMe();
  const creators = useInfiniteQuery(offers.guaranteeCreators());
  const [chosen, setChosen] = useState<{ ids: string[]; key: string }>({ ids: [], key: freshKey() });
  const toggle = (id: string) => {
    const ids = chosen.ids.includes(id) ? chosen.ids.filter((one) => one !== id) : [...chosen.ids, id].slice(0, MOST);
    setChosen({ ids, key: freshKey() });
  };
  return (
    <Page title={app.guarantee.pick} back="/guarantees">
      <p className="hint">{app.guarantee.how}</p>
      <Answered of={creators} waiting={<Waiting lines={3} height={128} />}>
        {(pages) =>
          ask.rowsOf(pages).length === 0 ? (
            <div className="card">
              <Empty title={app.guarantee.pickNone} why={app.guarantee.pickNoneWhy} />
            </div>
          ) : (
            <>
              {pages.pages.map((page) => (
                <Offers key={page.data[0]?.creator_id ?? ''} creators={page.data} chosen={chosen.ids} toggle={toggle} own={me.party} />
              ))}
              {creators.hasNextPage ? (
                <Button kind="wide" busy={creators.isFetchingNextPage} onClick={() => void creators.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </>
          )
        }
      </Answered>
      <PayBar chosen={chosen.ids} purchase={chosen.key} />
    </Page>
  );
}

/** A page of creators, quoted together. */
function Offers({ creators, chosen, toggle, own }: { creators: Named[]; chosen: string[]; toggle: (id: string) => void; own: string }) {
  const others = creators.filter((creator) => creator.creator_id !== own);
  const quotes = useQuery(offers.guaranteeQuotes(others.map((creator) => creator.creator_id)));
  return (
    <Answered of={quotes} waiting={<Waiting lines={others.length} height={128} />}>
      {({ data }) => (
        <ul className="columns even">
          {data.map((quote) => {
            const name = others.find((creator) => creator.creator_id === quote.creator_id)?.display_name ?? quote.creator_id;
            return (
              <li key={quote.creator_id} className="card stack">
                <Offer quote={quote} name={name} chosen={chosen.includes(quote.creator_id)} toggle={() => toggle(quote.creator_id)} />
              </li>
            );
          })}
        </ul>
      )}
    </Answered>
  );
}

function Offer({ quote, name, chosen, toggle }: { quote: Schemas['GuaranteeQuote']; name: string; chosen: boolean; toggle: () => void }) {
  const { offer } = quote;
  return (
    <>
      <label className="check">
        <input type="checkbox" checked={chosen} disabled={!offer} onChange={toggle} />
        <Face name={name} round />
        <span className="grow stack tight" style={{ gap: 0 }}>
          <Said className="strong cut">{name}</Said>
          <span className="small quiet">
            {offer ? `${app.guarantee.fixedPrice} ${money(offer.fixed_price)}` : wordFor(app.guarantee.noOffer, quote.reason)}
          </span>
        </span>
        {offer ? <Money of={offer.fee} /> : null}
      </label>
      {offer ? (
        <>
          <div className="stack tight" style={{ gap: 0 }}>
            <p>
              <span className="medium">{short(offer.expected_plays)}</span> <span className="quiet small">{app.guarantee.expected}</span>
            </p>
            <p className="small quiet">{app.guarantee.range(short(offer.low_plays), short(offer.high_plays))}</p>
          </div>
          <details className="small">
            <summary className="quiet">{app.guarantee.restsOn(count(offer.videos.length))}</summary>
            <Rests videos={offer.videos} />
            <p className="quiet">
              {app.guarantee.fee} = {app.guarantee.premium(share(offer.premium_permille))}; {app.guarantee.returned(share(offer.loss_permille))}
            </p>
          </details>
        </>
      ) : null}
    </>
  );
}

/** The videos that a quote rests on. */
export function Rests({ videos }: { videos: Schemas['QuotedVideo'][] }) {
  return (
    <ul>
      {videos.map((video) => (
        <li key={video.id} className="line-item small">
          <span className="stack tight" style={{ gap: 0 }}>
            <Said className="cut">{video.external_id}</Said>
            <span className="quiet">{date(video.published_at)}</span>
          </span>
          <span className="numbers">{app.guarantee.plays(count(video.plays))}</span>
        </li>
      ))}
    </ul>
  );
}

function PayBar({ chosen, purchase }: { chosen: string[]; purchase: string }) {
  const me = useMe();
  const navigate = useNavigate();
  const keeper = useQueryClient();
  const wallet = useQuery(ask.wallet(me.party));
  const quotes = useQuery(offers.guaranteeQuotes(chosen));
  const cash = wallet.data?.accounts.find((account) => account.account === 'money')?.spendable;
  const fee = chosen.length > 0 ? quotes.data?.fee : undefined;
  const buying = useMutation({
    mutationFn: (fee_max: Schemas['Amount']) =>
      send(api.POST('/v1/guarantee-orders', { params: once(purchase), body: { creators: chosen, fee_max } })),
    onSuccess: async () => {
      await keeper.invalidateQueries();
      void navigate({ to: '/guarantees', replace: true });
    },
  });
  const short = buying.error instanceof Refused && buying.error.code === 'guarantee.insufficient_funds';
  return (
    <>
      {buying.error ? <ErrorState error={buying.error} stake="paying" /> : null}
      {short ? (
        <Link to="/wallet/top_up" search={{ into: 'CNY' }} className="button wide">
          {app.pay.topUpFirst}
        </Link>
      ) : null}
      <p className="hint">{app.guarantee.all}</p>
      <div className="pay-bar">
        <div className="stack tight" style={{ gap: 0 }} aria-live="polite">
          <span className="medium">{fee ? <Money of={fee} /> : app.guarantee.chosen(count(chosen.length))}</span>
          <span className="quiet small">
            {fee ? `${app.guarantee.chosen(count(chosen.length))} · ` : ''}
            {cash ? app.guarantee.available(money(cash)) : ''}
          </span>
        </div>
        <Button kind="main large" busy={buying.isPending} disabled={!fee || fee.amount === 0} onClick={() => fee && buying.mutate(fee)}>
          {app.guarantee.buy}
        </Button>
      </div>
    </>
  );
}
