"""Words that a make-believe catalogue is written with: what departments keep, and what its fields are called."""


def _words(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def _fields(words: str) -> tuple[tuple[str, str], ...]:
    """Title of each field, and the data element that stands behind a colon."""
    return tuple((title, element) for title, _, element in (word.partition(":") for word in words.split()))


BUREAUX = {
    "民政": "civil 低保对象 特困供养人员 残疾人两项补贴 婚姻登记 社会组织登记 养老机构 孤儿基本生活 殡葬服务 临时救助",
    "人力资源和社会保障": "labour 社保参保 养老金发放 失业登记 职业技能培训 劳动合同备案 工伤认定 社保卡发放 人才引进",
    "卫生健康": "health 老年人健康体检 预防接种 医疗机构执业许可 电子健康档案 出生医学证明 传染病报告 医师注册 献血",
    "市场监督管理": "market 企业登记 个体工商户登记 食品经营许可 行政处罚 特种设备检验 产品抽检 消费投诉 经营异常名录",
    "公安": "police 户籍人口 居住证 机动车登记 驾驶证 暂住人口登记 报警记录 危险化学品运输许可",
    "教育": "education 学籍 教师资格 学校基本情况 助学金发放 校车许可 民办学校办学许可",
    "自然资源": "land 不动产登记 土地出让 矿业权 规划许可 宅基地 地质灾害点",
    "住房和城乡建设": "housing 公租房配租 施工许可 商品房预售 物业企业 住房公积金缴存 燃气经营许可",
    "交通运输": "transport 道路运输经营许可 公交线路 船舶登记 道路交通指数 停车场泊位 网约车驾驶员",
    "生态环境": "environment 排污许可 空气质量监测 水质监测 危险废物转移 环境行政处罚 污染源名录",
    "农业农村": "farming 农村土地承包 种粮补贴 农机购置补贴 动物检疫 合作社名录 脱贫监测对象",
    "应急管理": "emergency 安全生产许可 危险化学品经营 事故记录 应急物资储备 避难场所",
    "税务": "tax 纳税人登记 欠税公告 个人所得税缴纳 发票领用",
    "司法": "justice 律师执业 公证记录 法律援助 社区矫正对象 人民调解",
}
"""Bureau 局 -> word of its keys, and what it keeps."""
KINDS = _words("信息 信息表 名单 登记信息 汇总 明细 台账 年度统计 情况 清单")
TOPICS = _words(
    "民生 救助 社会保障 医疗卫生 市场监管 信用 公共安全 教育科技 资源能源 城建住房 交通运输 环保 农业农村 "
    "安全生产 财税金融 法律服务 养老 残疾人 儿童 企业服务 法人 人口 电子证照 基层治理"
)
OF_ANYTHING = _fields(
    "创建时间 更新时间 数据来源 备注 经办机构 经办人 登记日期 有效期起 有效期止 状态 所属区划:division 街道名称 "
    "社区名称 网格编号 批次号 年度"
)
OF_PERSONS = _fields(
    "姓名:name 公民身份号码:resident_id 身份证号:resident_id 证件号码:resident_id 性别 民族 出生日期 "
    "联系电话:mobile 手机号码:mobile 户籍地址 居住地址 户籍地:division 婚姻状况 文化程度 政治面貌 监护人姓名 "
    "家庭人口数 残疾类别 残疾等级 月保障金额 银行账号 开户银行 发放金额 发放日期 救助类型 就业状态 健康状况 血型"
)
OF_ENTERPRISES = _fields(
    "企业名称 统一社会信用代码:credit_code 法定代表人 法人证件号码:resident_id 注册资本 成立日期 经营范围 住所 "
    "登记机关 许可证编号 许可内容 处罚决定书文号 违法事实 处罚依据 处罚金额 行业代码 从业人数 纳税人识别号 "
    "年报年度 检查结果 设备注册代码 检验日期 负责人 联系人电话:mobile 经度 纬度"
)
QUALIFIERS = ("", "", "", *_words("原 现 主要 备用 最近 首次 上级 变更后 申请人 代理人 审批 复核"))
"""What makes a field's name its own."""
TAILS = ("", "", "", "", "代码", "名称", "说明", "标识")
